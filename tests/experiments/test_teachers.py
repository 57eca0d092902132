"""A teacher's best entities and trees as CoNLL-U, which the readers read back as they were."""

import pytest
import torch

from experiments.teachers import best_structures, bioul_of
from skd_plugin.data import Conllu, Dependencies
from skd_plugin.structures import FlatSpans, HeadSelection, LinearChain, bioul

SENTENCES = [("a", "b", "c", "d"), ("e", "f")]
MASK = torch.arange(4) < torch.tensor([4, 2]).unsqueeze(1)


def written(tmp_path, factorization):
    def teacher(sentences):
        assert sentences == SENTENCES
        return factorization

    path = tmp_path / "text.conllu"
    path.write_text("".join("\n".join(rows) + "\n\n" for rows in best_structures(teacher, SENTENCES)))
    return str(path)


@pytest.mark.parametrize(
    "widths, expected", [([1, 2, 0, 0], "U-X B-Y L-Y O"), ([4, 0, 0, 0], "B-X I-X I-X L-X"), ([0] * 4, "O O O O")]
)
def test_tags_of_spans(widths, expected):
    assert bioul_of(widths, ["X", "Y", "", ""]) == expected.split()


def test_spans(tmp_path):
    scores = torch.full((2, 4, 4, 1), -5.0)
    scores[0, 1, 2, 0] = scores[1, 0, 0, 0] = 5.0
    path = written(tmp_path, FlatSpans(scores, MASK, ("X",)))
    assert [row["metadata"]["tags"] for row in Conllu("NE").read(path)] == [["O", "B-X", "I-X", "L-X"], ["U-X", "O"]]


def test_tags(tmp_path):
    labels = bioul.tags(("X",))
    size = len(labels)
    emissions = torch.zeros(2, 4, size)
    emissions[..., labels.index("U-X")] = 5.0
    chain = LinearChain(emissions, torch.zeros(size, size), torch.zeros(size), torch.zeros(size), MASK, labels)
    path = written(tmp_path, chain)
    assert [row["metadata"]["tags"] for row in Conllu("NE").read(path)] == [["U-X"] * 4, ["U-X"] * 2]


def test_trees(tmp_path):
    arcs = torch.zeros(2, 4, 5)
    arcs[:, torch.arange(4), torch.arange(4)] = 5.0  # each word hangs on the one before
    relations = torch.zeros(2, 4, 5, 2)
    relations[..., 1] = 1.0
    path = written(tmp_path, HeadSelection(arcs, relations, MASK, ("nsubj", "obj")))
    found = [row["metadata"] for row in Dependencies().read(path)]
    assert [row["heads"] for row in found] == [[0, 1, 2, 3], [0, 1]]
    assert [row["relations"] for row in found] == [["obj"] * 4, ["obj"] * 2]
