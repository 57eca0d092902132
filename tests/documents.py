"""The project's documents, as the tests read them: fenced blocks, tables, links."""

import re
from pathlib import Path
from typing import List

from tests import PROJECT_ROOT

FOLDERS = (PROJECT_ROOT, PROJECT_ROOT / "docs", PROJECT_ROOT / "benchmarks")
DOCUMENTS = sorted(document for folder in FOLDERS for document in folder.glob("*.md"))


def text(document: str) -> str:
    return (PROJECT_ROOT / document).read_text(encoding="utf-8")


def named(document: Path) -> str:
    return str(document.relative_to(PROJECT_ROOT))


def blocks(document: Path, language: str) -> List[str]:
    """The contents of a document's fenced blocks in a language."""
    return re.findall(rf"^```{language}\n(.*?)^```$", text(named(document)), re.M | re.S)


def rows(header: str, document: str) -> List[List[str]]:
    """The cells of the document's table under this first header cell."""
    table = text(document).split(f"\n| {header} |", 1)[1].split("\n\n")[0]
    return [re.split(r"(?<!\\)\|", line.strip("|")) for line in table.split("\n")[2:]]


def commands(markdown: str) -> List[str]:
    """The commands of a document, which are indented by four spaces; a command may go on in the next line."""
    prose = re.sub(r"^```.*?^```$", "", markdown, flags=re.M | re.S)
    lines = [line.strip() for line in prose.split("\n") if line.startswith("    ")]
    return "\n".join(lines).replace("\\\n", "").split("\n")
