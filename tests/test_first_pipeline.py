"""The page of the first pipeline is followed word by word, with small data and a small transformer."""

from contextlib import chdir
from pathlib import Path
from typing import List

import pytest

from tests import PROJECT_ROOT
from tests.commands import follow
from tests.documents import blocks
from tests.trained import Trained

pytestmark = pytest.mark.slow

PAGE = PROJECT_ROOT / "docs/first_pipeline.md"
BRIEFLY = {"ner": {"trainer.num_epochs": 1}}
NAME_ON_THE_HUB = "sentence-transformers/all-MiniLM-L6-v2"


def numbered(sentences: List[str]) -> str:
    """Sentences of two columns in the five columns of Universal NER."""
    written = []
    for i, sentence in enumerate(sentences):
        rows = (line.split("\t") for line in sentence.split("\n"))
        lines = [f"{n}\t{word}\t{tag}\t-\t-" for n, (word, tag) in enumerate(rows, start=1)]
        written.append("\n".join([f"# sent_id = {i}", *lines]))
    return "\n\n".join(written) + "\n\n"


def test_the_page_is_followed(trained: Trained, tmp_path: Path, capsys: pytest.CaptureFixture):
    sentences = Path(trained.entities).read_text(encoding="utf-8").strip().split("\n\n")
    folder = tmp_path / "first" / "uner"
    folder.mkdir(parents=True)
    for part in ("train", "dev"):
        (folder / f"en_ewt-ud-{part}.iob2").write_text(numbered(sentences[:64]), encoding="utf-8")
    text = "".join(blocks(PAGE, "bash")).replace("\\\n", " ").replace(NAME_ON_THE_HUB, trained.transformer)
    making, *commands = [line for line in text.splitlines() if not line.startswith("git clone")]
    assert making == "mkdir first && cd first"
    with chdir(tmp_path / "first"):
        follow(commands, BRIEFLY)
        (example,) = blocks(PAGE, "py")
        exec(compile(example, PAGE.name, "exec"), {})
    assert (tmp_path / "first/ner/report/report.html").stat().st_size
