"""`allennlp skd-vectors` writes static vectors from transformers, from trained models, and from other vectors."""

from pathlib import Path

import pytest
import torch
from allennlp.common.checks import ConfigurationError

from skd_plugin.commands.vectors import make_vectors
from skd_plugin.inputs.vector_file import read_vectors
from tests.commands import allennlp
from tests.tiny_transformer import WORD_PIECES, save_tiny_transformer


@pytest.fixture(scope="module")
def bert(tmp_path_factory: pytest.TempPathFactory) -> str:
    return save_tiny_transformer(tmp_path_factory.mktemp("bert"))


def test_it_says_what_it_has_written(bert: str, tmp_path: Path, capsys: pytest.CaptureFixture):
    output = tmp_path / "vectors" / "bert.safetensors"
    allennlp("skd-vectors", bert, "--dim", 3, "--output", output)
    printed = capsys.readouterr().out
    assert f"Wrote {output}: {len(WORD_PIECES)} word pieces, 3 numbers each" in printed
    assert "Of 8 dimensions, these keep " in printed and f"pretrained_file: '{output}'" in printed
    assert read_vectors(str(output)).table.shape == (len(WORD_PIECES), 3)


def test_outputs_are_another_table(bert: str, tmp_path: Path):
    tables = []
    for outputs in (False, True):
        written = make_vectors(bert, tmp_path / f"{outputs}.safetensors", outputs=outputs)
        assert written.dim == written.source_dim == 8 and written.kept == 1
        tables.append(read_vectors(str(tmp_path / f"{outputs}.safetensors")).table)
    assert not torch.allclose(*tables)


def test_words_of_another_file(tmp_path: Path):
    (tmp_path / "vectors.vec").write_text("3 4\na 1 0 0 0\nb 0 2 0 0\nc 0 0 3 0\n")
    written = make_vectors(str(tmp_path / "vectors.vec"), tmp_path / "v.safetensors", dim=1, words=2)
    assert (written.entries, written.kind, written.dim, written.source_dim) == (2, "words", 1, 4)
    assert written.kept == pytest.approx(1)
    assert read_vectors(str(tmp_path / "v.safetensors")).words == ["a", "b"]


@pytest.mark.slow
def test_a_trained_model_gives_the_table_of_its_transformer(trained, tmp_path: Path):
    from skd_plugin.archives import load

    make_vectors(str(trained("transformer")), tmp_path / "v.safetensors")
    weights = load(trained("transformer")).model.state_dict()
    [table] = [value for name, value in weights.items() if name.endswith("word_embeddings.weight")]
    assert read_vectors(str(tmp_path / "v.safetensors")).table.equal(table.half())
    with pytest.raises(ConfigurationError, match="stands on 0 transformers, expected one"):
        make_vectors(str(trained("ner")), tmp_path / "w.safetensors")


@pytest.mark.parametrize(
    "changes, fault",
    [
        ({"output": "v.txt"}, r"--output is .*v\.txt, expected a name that ends in \.safetensors"),
        ({"output": "there.safetensors"}, "exists already. Name another file, or replace it with --force"),
        ({"dim": 0}, "--dim is 0, expected a number of at least 1"),
        ({"words": 0}, "--words is 0, expected"),
        ({"words": 5}, "--words is for files of word vectors"),
        ({"source": "there.safetensors", "outputs": True}, "--outputs is for transformers"),
        ({"source": "."}, r"(?s)\. cannot be read .* Expected a transformer, as a folder"),
    ],
)
def test_a_refusal_writes_nothing(bert: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, changes, fault: str):
    monkeypatch.chdir(tmp_path)
    Path("there.safetensors").write_text("mine")
    options = {"source": bert, "output": "v.safetensors", **changes}
    with pytest.raises(ConfigurationError, match=fault):
        make_vectors(**{**options, "output": Path(options["output"])})
    assert [path.name for path in tmp_path.iterdir()] == ["there.safetensors"]
    assert Path("there.safetensors").read_text() == "mine"
