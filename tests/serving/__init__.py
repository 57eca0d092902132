"""Helpers for tests of components: pipelines of archives, and everything that components write to a doc."""

import os
import signal
import sys
from pathlib import Path
from subprocess import PIPE, Popen
from typing import Any, List, Optional, Sequence

import numpy as np
import pytest
import spacy
from spacy.language import Language
from spacy.strings import StringStore
from spacy.tokens import Doc, DocBin

from skd_plugin.serving.docs.units import Unit, split_into_units

TEXTS = [
    "Anna Berg moved to Oslo last year.",
    "",
    "Thanks!",
    "The United Nations met in Geneva on Monday.  Maria del Carmen Ruiz teaches in Madrid.\n",
    "Yes",
    " \n ",
    "\n\nNew York City never sleeps. Who wrote this?",
    "A letter arrived today from the Bank of Norway. " * 12,
    "Zoë 日本 x 🙂 Übermäßigkeitsverordnung",
]


def pipeline(**archives: Path) -> Language:
    """A pipeline of the components with these factories, after spaCy's rules for sentences."""
    nlp = spacy.blank("en")
    nlp.add_pipe("sentencizer")
    for factory, archive in archives.items():
        nlp.add_pipe(factory, config={"archive": str(archive)})
    return nlp


def unit(words: Sequence[str], upos: Optional[Sequence[Optional[str]]] = None) -> Unit:
    """A sentence as the components read it from a doc."""
    strings = StringStore()
    forms = np.array([strings.add(word) for word in words], dtype=np.uint64)
    return Unit(forms, np.arange(len(words)), 0, strings, None if upos is None else list(upos))


def units_of(doc: Doc, max_words: int = 1000) -> List[Unit]:
    """What a component reads of a doc."""
    [units] = split_into_units([doc], max_words)
    return units


def choices(doc: Doc) -> List[Any]:
    """The entities, groups of spans, heads, labels and sentences of a doc."""
    entities = [(entity.start, entity.end, entity.label_) for entity in doc.ents]
    groups = {key: [(span.start, span.end, span.label_) for span in group] for key, group in doc.spans.items()}
    tokens = [(t.text, t.head.i, t.dep_, t.is_sent_start, t.tag_, t.pos_, t.ent_iob_) for t in doc]
    return [entities, groups, *tokens]


def probabilities(doc: Doc) -> List[Any]:
    """The probabilities of spans, arcs and tags, one after the other."""
    spans = [score for group in doc.spans.values() for score in group.attrs["scores"]]
    return spans + [number for t in doc for number in (t._.skd_arc_probability, t._.skd_tag_probability)]


def assert_same(ours: Sequence[Doc], theirs: Sequence[Doc], tolerance: float = 1e-5) -> None:
    """Checks that annotations are equal, and probabilities up to the tolerance."""
    assert len(ours) == len(theirs)
    for our, their in zip(ours, theirs):
        assert choices(our) == choices(their)
        assert probabilities(our) == pytest.approx(probabilities(their), abs=tolerance)


def run(script: Path, code: str, *arguments: object, timeout: int = 120) -> str:
    """Runs the code as a program, in the folder of its file, and returns its output."""
    script.write_text(code)
    command = [sys.executable, script.name, *map(str, arguments)]
    options: Any = {"cwd": script.parent, "stdout": PIPE, "stderr": PIPE, "text": True, "start_new_session": True}
    with Popen(command, **options) as process:
        try:
            output, errors = process.communicate(timeout=timeout)
        except BaseException:
            os.killpg(process.pid, signal.SIGKILL)  # with the processes that it has started
            raise
    assert process.returncode == 0, errors
    return output


def docs_at(path: Path, nlp: Language) -> List[Doc]:
    """The docs in one of spaCy's binary files, with their probabilities."""
    return list(DocBin().from_disk(path).get_docs(nlp.vocab))


def are_alike(actual: Sequence[Optional[float]], expected: Sequence[Optional[float]]) -> bool:
    """Whether two lists of probabilities are the same up to rounding, with None in the same places."""
    found, wanted = ([number for number in numbers if number is not None] for numbers in (actual, expected))
    places = [number is None for number in actual] == [number is None for number in expected]
    return places and found == pytest.approx(wanted, rel=1e-5)
