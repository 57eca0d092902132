"""What all parsers share: trees with one root, gold, metrics on sentences with gold, readable output."""

import re
from pathlib import Path

import pytest
import torch
from allennlp.common.checks import ConfigurationError
from allennlp.data import Batch

from skd_plugin.data import Dependencies
from skd_plugin.structures import Tree
from tests.models.learning import learn
from tests.structures.oracles.trees import is_tree


def trees_of(output):
    lengths = output["mask"].sum(1).tolist()
    return [heads[:n] for heads, n in zip(output["heads"].tolist(), lengths)]


def test_predictions_are_trees_whatever_the_weights(parser, tree_batch):
    torch.manual_seed(1)
    for _ in range(5):
        for parameter in parser.parameters():
            torch.nn.init.normal_(parameter, std=2)
        assert all(map(is_tree, trees_of(parser(**tree_batch))))


@pytest.mark.slow
@pytest.mark.parametrize("name", ["skd_biaffine_parser", "skd_second_order_parser", "skd_tagging_parser"])
def test_training_reaches_the_gold_trees(build_parser, tree_batch, name):
    model = build_parser(name, encoder={"type": "lstm", "input_size": 6, "hidden_size": 16, "bidirectional": True})
    learn(model, tree_batch, rate=0.03)
    model(**tree_batch)
    metrics = model.get_metrics()
    assert metrics["UAS"] == metrics["LAS"] == metrics["LEM"] == metrics["LAS_subtypes"] == 1.0


def test_the_loss_is_the_gold_cross_entropy_of_the_sentences_that_have_gold(parser, tree_batch):
    heads, relations = tree_batch["heads"], tree_batch["relations"]
    has_gold = (heads >= 0).all(1)
    assert has_gold.any() and not has_gold.all()
    f = parser.factorize(tree_batch["tokens"], tree_batch["metadata"])
    gold = f.indicator(Tree(heads.clamp(min=0), relations.clamp(min=0)))
    expected = f.cross_entropy(gold)[has_gold].sum() / len(has_gold)
    torch.testing.assert_close(parser(**tree_batch)["loss"], expected)


def test_only_sentences_with_gold_are_scored(parser, tree_batch):
    parser(**tree_batch)
    metrics = parser.get_metrics(reset=True)
    has_gold = (tree_batch["heads"] >= 0).all(1)
    tree_batch["heads"], tree_batch["relations"] = tree_batch["heads"].clone(), tree_batch["relations"].clone()
    output = parser(**tree_batch)
    words = tree_batch["heads"][has_gold][output["mask"][has_gold]]
    right = (output["heads"][has_gold][output["mask"][has_gold]] == words).float().mean().item()
    assert metrics["UAS"] == pytest.approx(right)
    assert parser.get_metrics(reset=True) and not parser.get_metrics()


def test_a_subtype_that_the_vocabulary_lacks_counts_as_in_the_shared_task(parser, tree_vocab, tmp_path):
    """LAS compares universal relations, whether the model knows their subtypes or not."""

    def metrics(text):
        (tmp_path / "f.conllu").write_text(text, encoding="utf-8")
        batch = Batch(Dependencies(on_unknown_label="accept").read(str(tmp_path / "f.conllu")))
        batch.index_instances(tree_vocab)
        batch = batch.as_tensor_dict()
        output = parser(**batch)
        return output["relations"][output["mask"]].tolist(), parser.get_metrics(reset=True)

    text = Path("fixtures/trees.conllu").read_text(encoding="utf-8")
    predicted, expected = metrics(text)
    likeliest = parser.labels[max(set(predicted), key=predicted.count)]
    relabelled = re.sub(r"^((?:\d+\t)(?:[^\t]*\t){6})[^\t]+", rf"\1{likeliest}:x", text, flags=re.MULTILINE)
    _, found = metrics(relabelled)
    _, known = metrics(relabelled.replace(f"{likeliest}:x", likeliest))
    assert found["LAS"] == known["LAS"] > 0 == found["LAS_subtypes"]
    assert found["UAS"] == known["UAS"] == expected["UAS"]


def test_without_heads_there_is_no_loss(parser, tree_batch):
    output = parser(tree_batch["tokens"], tree_batch["metadata"])
    assert "loss" not in output and output["heads"].shape == output["relations"].shape


def test_readable_output_has_words_heads_and_names_of_relations(parser, tree_batch):
    readable = parser.make_output_human_readable(parser(**tree_batch))
    for words, heads, relations in zip(readable["words"], readable["heads"], readable["relations"]):
        assert len(words) == len(heads) == len(relations)
        assert is_tree(heads) and set(relations) <= set(parser.labels)


def test_a_vocabulary_without_relations_is_refused(build, vocab):
    with pytest.raises(ConfigurationError, match="no labels in the vocabulary namespace 'relation_labels'"):
        build("skd_biaffine_parser", vocab=vocab)
