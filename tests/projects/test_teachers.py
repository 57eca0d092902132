"""A teacher is a BiLSTM, or stands on a transformer that is there or may be on the hub."""

from pathlib import Path
from typing import List, Optional

import pytest
from allennlp.common.checks import ConfigurationError

from skd_plugin.projects.teachers import transformer_of


@pytest.mark.parametrize(
    ("teacher", "expected"),
    [
        (["bilstm"], None),
        (["transformer", "bert-base-cased"], "bert-base-cased"),
        (["transformer", "a/b-c.1"], "a/b-c.1"),
    ],
)
def test_known_kinds(teacher: List[str], expected: Optional[str]):
    assert transformer_of(teacher) == expected


@pytest.mark.parametrize(
    ("teacher", "message"),
    [
        (["bert-base-cased"], "'bert-base-cased', expected .* write `--teacher transformer bert-base-cased`"),
        (["bilstm", "bert"], "a 'bilstm' with 'bert', expected nothing after 'bilstm'"),
        (["transformer"], "a 'transformer' with 0 names, expected one"),
        (["transformer", "a", "b"], "a 'transformer' with 2 names, expected one"),
        (["transformer", "./bert"], "There is no folder ./bert, and no transformer of the hub"),
        (["transformer", "models/bert/large"], "There is no folder models/bert/large"),
        (["transformer", "fixtures"], r"The folder fixtures has no config\.json"),
        (["transformer", "fixtures/ner.conll"], r"fixtures/ner\.conll is a file, expected its folder\. Name fixtures"),
    ],
)
def test_others_are_refused(teacher: List[str], message: str):
    with pytest.raises(ConfigurationError, match=message):
        transformer_of(teacher)


def test_a_folder_is_one_with_a_configuration(tmp_path: Path):
    (tmp_path / "config.json").write_text("{}")
    assert transformer_of(["transformer", str(tmp_path)]) == str(tmp_path)
