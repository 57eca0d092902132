"""Names that say nothing of a machine."""

import pytest

from skd_plugin.archives import base_name


@pytest.mark.parametrize(
    ("path", "name"),
    {
        "data/train.conll": "train.conll",
        "/home/anna/data/train.conll": "train.conll",
        r"C:\Users\anna\train.conll": "train.conll",
        "data/*.conllu": "*.conllu",
        "https://example.org/anna/train.conll?token=secret": "train.conll",
        "/home/anna/runs/my_teacher/model.tar.gz": "my_teacher",
        "/home/anna/runs/my_teacher/": "my_teacher",
        "model.tar.gz": "model.tar.gz",
        "other.tar.gz": "other.tar.gz",
        "organization/transformer": "transformer",
    }.items(),
)
def test_base_name(path: str, name: str):
    assert base_name(path) == name
