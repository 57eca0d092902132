"""The documents say what is true: links lead somewhere, tables name what exists."""

import ast
import inspect
import re
import shlex
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Dict, Iterator, List

import pytest
from allennlp.commands import parse_args

import skd_plugin.plugin  # noqa: F401
from skd_plugin import structures
from skd_plugin.distillation import ArchivedModel, Distiller, Teacher
from skd_plugin.inputs import StaticVectors
from skd_plugin.structures import Arcs, ArcTokens, Bigrams, ConstrainedChain, Spans, Tokens, registered
from tests import PROJECT_ROOT
from tests.documents import DOCUMENTS, blocks, commands, named, rows, text

README, PAIRS, DISTILLING = "README.md", "docs/pairs.md", "docs/distilling.md"
OURS = {"benchmarks", "demo", "experiments", "skd_plugin", "tools"}
LINK = re.compile(r"\[([^\]]*)\]\(([^)\s]+)\)")


def anchors(document: Path) -> List[str]:
    headings = re.findall(r"^#+ (.+)$", document.read_text(encoding="utf-8"), re.M)
    return [re.sub(r"[^\w -]", "", heading).lower().replace(" ", "-") for heading in headings]


@pytest.mark.parametrize("document", DOCUMENTS, ids=named)
def test_local_links_lead_somewhere(document):
    for _, link in LINK.findall(document.read_text(encoding="utf-8")):
        path, _, anchor = link.partition("#")
        if ":" not in path:
            target = document.parent / path if path else document
            assert target.exists(), f"{named(document)} links to {link}, which is missing"
            assert not anchor or anchor in anchors(target), f"{named(document)} links to {link}: no such heading"


@pytest.mark.parametrize("document", DOCUMENTS, ids=named)
def test_links_that_name_a_file_lead_to_that_file(document):
    for name, link in LINK.findall(document.read_text(encoding="utf-8")):
        if re.fullmatch(r"\w+\.py", name):
            assert Path(link).name == name, f"{named(document)} says {name} and links to {link}"


def case_links(document: str) -> List[Dict[str, str]]:
    """The links of each row of the table of cases, with paths from the project's root."""
    folder = (PROJECT_ROOT / document).parent
    return [
        {name: str((folder / path).resolve().relative_to(PROJECT_ROOT)) for name, path in LINK.findall("|".join(row))}
        for row in rows("case", document)
    ]


CASES = case_links(PAIRS)


@pytest.mark.parametrize("links", CASES, ids=lambda links: next(iter(links)).strip("`"))
def test_case_has_a_function_a_config_and_a_test(links: Dict[str, str]):
    (function, code), (_, config), (test, tests) = links.items()
    name = function.strip("`")
    assert f"\ndef {name}(" in text(code)
    assert Path(config).stem.startswith(name) and (PROJECT_ROOT / config).is_file()
    assert test == f"`test_{name}`" and f"\ndef test_{name}(" in text(tests)


def test_cases_of_the_readme_are_those_of_the_paper():
    in_readme = case_links(README)
    assert in_readme
    assert in_readme == [
        {name: path for name, path in links.items() if not name.startswith("`test_")}
        for links in CASES
        if "`token_level`" not in links
    ]


def test_every_row_of_the_projection_table_is_among_the_pairs():
    named_cases = {next(iter(links)).strip("`") for links in CASES}
    functions = {function.__name__ for function in registered().values()}
    assert named_cases <= functions
    assert all(f"`{name}`" in text(PAIRS) for name in functions)


@pytest.mark.parametrize(
    ("header", "parts"),
    [("entities: teacher ⇒ student", (Tokens, Bigrams, Spans)), ("teacher ⇒ student", (Arcs, ArcTokens))],
)
def test_every_pair_is_in_its_table(header, parts):
    students = re.findall(r"`(\w+)`", text(PAIRS).split(f"\n| {header} |")[1].split("\n")[0])
    teachers = re.findall(r"`(\w+)`", " ".join(row[0] for row in rows(header, PAIRS)))
    rest = {ConstrainedChain.__name__} if Tokens in parts else set()
    assert {*teachers, *rest} == {teacher.__name__ for teacher, space in registered() if space in parts}
    for student in students:
        assert all(
            (getattr(structures, teacher), getattr(structures, student).parts) in registered() for teacher in teachers
        )


def test_table_of_options_is_the_distillers_and_the_teachers():
    options = {row[0].strip(" `") for row in rows("option of `skd_distiller`", DISTILLING)}
    assert options == set(inspect.signature(Distiller).parameters) - {"serialization_dir"}
    teachers = next(row for row in rows("option of `skd_distiller`", DISTILLING) if "`teachers`" in row[0])[2]
    parameters = {*inspect.signature(Teacher).parameters, *inspect.signature(ArchivedModel).parameters}
    assert set(re.findall(r"`(\w+)`", teachers)) == parameters - {"model"} | {"type"}


def test_table_of_options_of_static_vectors_is_theirs():
    options = {row[0].strip(" `") for row in rows("option", "docs/inputs.md")}
    assert options == set(inspect.signature(StaticVectors).parameters) - {"vocab"}


def test_cited_papers_are_in_the_references():
    files = (PROJECT_ROOT / "skd_plugin").rglob("*.py")
    code = " ".join(word for file in files for word in file.read_text(encoding="utf-8").split())
    # A name ends in a small letter, unlike a conference.
    cited = set(re.findall(r"[A-Z]\w*[^\WA-Z] (?:et al\. |and [A-Z]\w+ )?(?:19|20)\d\d\b", code))
    references = text("REFERENCES.md")
    assert cited and not {paper for paper in cited if f"**{paper}.**" not in references}


def messages(code: str) -> Iterator[str]:
    """The texts in a module's code, with … where a value is put in."""
    for node in ast.walk(ast.parse(code)):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield re.sub(r"%[sd]|\{\w+\}", "…", node.value)
        elif isinstance(node, ast.JoinedStr):
            yield "".join(part.value if isinstance(part, ast.Constant) else "…" for part in node.values)


def test_messages_of_troubleshooting_are_those_of_the_code():
    files = (PROJECT_ROOT / "skd_plugin").rglob("*.py")
    code = "\n".join(message for file in files for message in messages(file.read_text(encoding="utf-8")))
    titles = re.findall(r"^### (`+) ?(.+?) ?\1$", text("docs/troubleshooting.md"), re.M)
    elsewhere = {"… is not a registered name for 'Model'", "[E002] Can't find factory for 'skd_ner'"}
    ours = {title for _, title in titles} - elsewhere
    assert len(ours) > 15
    for title in ours:
        parts = [part for part in title.split("…") if len(part) > 3]
        assert all(part in code for part in parts), f"{title} is not what the code says"


def test_every_page_of_the_documentation_says_what_it_answers():
    tables = text("docs/index.md").split("```{toctree}")[0]
    pages = {path.name for path in (PROJECT_ROOT / "docs").glob("*.md")} - {"index.md"}
    assert pages <= {link for _, link in LINK.findall(tables)}


def all_commands(document: Path) -> Iterator[List[str]]:
    """The words of each command in the document's indented lines and its blocks of bash."""
    lines = [*commands(text(named(document))), *"".join(blocks(document, "bash")).replace("\\\n", "").splitlines()]
    for line in lines:
        for command in re.split("&&|\\|", line):
            if command.split()[:1] == ["allennlp"] or command.split()[:2] == ["python", "-m"]:
                yield shlex.split(command, comments=True)


@pytest.mark.parametrize("document", [d for d in DOCUMENTS if any(all_commands(d))], ids=named)
def test_commands_have_the_options_that_the_document_gives_them(
    document: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture
):
    for program, *arguments in all_commands(document):
        if program == "allennlp":
            monkeypatch.setattr(sys, "argv", [program, *arguments])
            try:
                parse_args()
            except SystemExit:
                pytest.fail(f"{named(document)}: allennlp {shlex.join(arguments)}\n{capsys.readouterr().err}")
        elif arguments[1].partition(".")[0] in OURS:
            assert find_spec(arguments[1]), f"{named(document)} runs {arguments[1]}, which is missing"
