"""How files are read is found out from what is in them."""

from pathlib import Path
from typing import Any, Dict, Optional

import pytest
from allennlp.common import Params
from allennlp.common.checks import ConfigurationError
from allennlp.data import DatasetReader

import skd_plugin.plugin  # noqa: F401
from skd_plugin.projects.recognition import reader_of, unlabelled_format_of
from skd_plugin.projects.tasks import TASKS

CONLL_2003 = "-DOCSTART- -X- -X- O\n\nAnna NNP B-NP B-PER\nmoved VBD B-VP O\n"
NUMBERED = "# text\n1\tAnna\tB-PER\t-\n2\tmoved\tO\t-\n\n1\tNo\tO\t-\n"
PARTS_OF_SPEECH = "Anna PROPN\nmoved VERB\n\nNo INTJ\n"
XPOS = "1\tAnna\t_\t_\tNNP\t_\t0\troot\t_\t_\n"
TREES = "fixtures/trees.conllu"


@pytest.mark.parametrize(
    ("task", "text", "options", "tags"),
    [
        ("ner", CONLL_2003, {"type": "skd_conll_ner"}, ["U-PER", "O"]),
        ("pos", CONLL_2003, {"type": "skd_conll_ner", "tag_column": 1, "scheme": "plain"}, ["NNP", "VBD"]),
        ("ner", NUMBERED, {"type": "skd_conll_ner", "word_column": 1, "tag_column": 2}, ["U-PER", "O"]),
        ("pos", PARTS_OF_SPEECH, {"type": "skd_conll_ner", "scheme": "plain"}, ["PROPN", "VERB"]),
        ("pos", XPOS, {"type": "skd_conllu", "tags": "xpos"}, ["NNP"]),
        ("parser", XPOS, {"type": "skd_dependencies"}, None),
    ],
)
def test_what_is_found_reads_the_file(
    tmp_path: Path, task: str, text: str, options: Dict[str, Any], tags: Optional[list]
):
    path = tmp_path / "file"
    path.write_text(text)
    assert reader_of(task, [str(path)]) == options
    first = next(iter(DatasetReader.from_params(Params({**options})).read(str(path))))
    assert first["metadata"]["words"][0] == "Anna"
    if tags is not None:
        assert first["metadata"]["tags"] == tags


@pytest.mark.parametrize("task", TASKS)
def test_without_files_it_is_the_default(task: str):
    assert reader_of(task, []) == TASKS[task].reader


def test_entities_and_parts_of_speech_of_a_treebank():
    assert reader_of("ner", [TREES])["tags"] == "NE"
    assert reader_of("pos", [TREES])["tags"] == "upos"


@pytest.mark.parametrize(
    ("task", "text", "message"),
    [
        ("ner", "A sentence of text .\nAnother one\n", ":1: found what looks like text with one sentence per line"),
        ("ner", "One\nword\neach\n", ":1: found what looks like text"),
        ("ner", '{"words": ["Anna"]}\n', ":1: found what looks like JSON lines, expected columns or CoNLL-U"),
        ("ner", "\n", ": found no sentence, expected columns or CoNLL-U"),
        ("ner", PARTS_OF_SPEECH, r":1: found no such column beside the words .*, expected a column of tags of ent"),
        ("pos", "Anna B-PER\nmoved O\n", r":1: found no such column .*, expected a column of parts of speech"),
        ("ner", XPOS, r":1: found none .*, expected tags of entities in MISC, such as NE=B-PER"),
        ("pos", XPOS.replace("NNP", "_"), r":1: found none .*, expected parts of speech in UPOS or XPOS"),
        ("parser", CONLL_2003, r":1: found columns, expected CoNLL-U\. A parser learns from trees"),
    ],
)
def test_what_a_task_cannot_use_is_refused(tmp_path: Path, task: str, text: str, message: str):
    path = tmp_path / "file"
    path.write_text(text)
    with pytest.raises(ConfigurationError, match=f"file{message}"):
        reader_of(task, [str(path)])


def test_all_files_have_the_format_of_the_first():
    with pytest.raises(ConfigurationError, match=r"trees\.conllu:\d: found CoNLL-U, expected columns as in .*ner\.co"):
        reader_of("ner", ["fixtures/ner.conll", TREES])


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        ("more.txt", "Anna moved .\n", None),
        ("more.tok", "Anna moved .\n", "text"),
        ("more.conllu", XPOS, None),
        ("more.txt", XPOS, "own"),
    ],
)
def test_the_format_of_text_is_written_where_its_name_does_not_say_it(
    tmp_path: Path, name: str, text: str, expected: Optional[str]
):
    (tmp_path / name).write_text(text)
    assert unlabelled_format_of(str(tmp_path / name), {"type": "skd_dependencies"}) == expected


def test_text_in_a_format_that_the_reader_does_not_know_is_refused():
    with pytest.raises(ConfigurationError, match="found CoNLL-U, expected text with one sentence per line, or columns"):
        unlabelled_format_of(TREES, {"type": "skd_conll_ner"})
