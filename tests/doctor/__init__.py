"""Findings as the tests look at them, and data that is made of sentences in the tests."""

from pathlib import Path
from typing import Any, Iterable, List, Optional, Sequence, Tuple

from skd_plugin.data import ConllNer
from skd_plugin.data.files.sentence import Sentence
from skd_plugin.distillation import Distiller
from skd_plugin.doctor.data import Data
from skd_plugin.doctor.experiment import build_distiller
from skd_plugin.doctor.finding import Finding
from skd_plugin.doctor.part import Part

Tagged = Tuple[str, Optional[str]]
"""The words of a sentence, with spaces between them, and its BIOUL tags; None without gold."""


def bad(findings: Iterable[Finding]) -> List[Finding]:
    """What is not ok. Each has something to do about it."""
    found = [finding for finding in findings if finding.level != "ok"]
    assert all(finding.remedy for finding in found if finding.level != "error")
    return found


def one(findings: Iterable[Finding], level: str) -> str:
    """The text and the remedy of the one finding that is not ok, which has this level."""
    [finding] = bad(findings)
    assert finding.level == level
    return f"{finding.text} -> {finding.remedy}"


def part(sentences: Sequence[Tagged], file: str = "a.conll") -> Part:
    result, line = Part(of_entities=True), 1
    for words, tags in sentences:
        lines = list(range(line, line + len(words.split())))
        result.add(Sentence(words.split(), None if tags is None else tags.split(), lines, {"path": file}))
        line = lines[-1] + 2
    return result


def data(labelled: Sequence[Tagged], text: Sequence[str] = (), validation: Optional[Sequence[Tagged]] = None) -> Data:
    held_out = None if validation is None else part(validation, "dev.conll")
    return Data(ConllNer(), part(labelled), part([(words, None) for words in text], "text.txt"), held_out)


def texts(findings: Iterable[Finding]) -> str:
    """Each with its level and its remedy in a line."""
    return "\n".join(f"{finding.level}: {finding.text} -> {finding.remedy}" for finding in findings)


def distiller_of(folder: Path, **options: Any) -> Distiller:
    """A distiller of a run in this folder."""
    return build_distiller({"type": "skd_distiller", **options}, str(folder))
