"""The tagging parser trains, survives its archive, and knows which of its labels denote arcs."""

import pytest
import torch
from allennlp.common.checks import ConfigurationError
from allennlp.common.testing import ModelTestCase
from allennlp.data import Vocabulary

from skd_plugin.data import Dependencies

CONFIG = "tests/models/configs/tagging_parser.jsonnet"


def vocabulary(reader, **parameters):
    return Vocabulary.from_instances(list(reader.read("fixtures/trees.conllu")), **parameters)


class TestTaggingParser(ModelTestCase):
    """With the encoding that needs tags, which the model reads too."""

    def setup_method(self):
        super().setup_method()
        self.set_up_model(CONFIG, "fixtures/trees.conllu")

    def test_can_train_save_and_load(self):
        self.ensure_model_can_train_save_and_load(CONFIG)

    def test_batch_predictions_are_consistent(self):
        self.ensure_batch_predictions_are_consistent()


def test_labels_denote_heads_and_relations(build_parser, tree_batch):
    parser = build_parser("skd_tagging_parser")
    f = parser.factorize(tree_batch["tokens"])
    assert f.scores.shape[2] == len(parser.arc_labels)
    label = parser.arc_labels.index("+1@det")
    assert f.heads[0, :, label].tolist()[:2] == [2, 3]
    assert parser.labels[f.relation_of[label]] == "det"


@pytest.mark.parametrize("metadata", [None, [{"words": ["No", "tags"]}]])
def test_the_relative_pos_encoding_needs_tags(build, metadata):
    vocab = vocabulary(Dependencies(encoding="relative_pos"))
    parser = build("skd_tagging_parser", vocab=vocab, encoding="relative_pos")
    with pytest.raises(ConfigurationError, match="relative_pos needs a universal part-of-speech tag"):
        parser({"tokens": {"tokens": torch.tensor([[2, 3]])}}, metadata)


def test_gold_arcs_without_a_label_are_counted(build, tree_vocab, tree_batch):
    heads, mask = tree_batch["heads"], tree_batch["tokens"]["tokens"]["tokens"] > 0
    words = mask & (heads >= 0)
    vocab = Vocabulary(non_padded_namespaces=["*labels"])
    vocab.add_tokens_to_namespace(tree_vocab.get_token_to_index_vocabulary("tokens").keys(), "tokens")
    vocab.add_tokens_to_namespace(tree_vocab.get_token_to_index_vocabulary("relation_labels").keys(), "relation_labels")
    vocab.add_token_to_namespace("0@root", "arc_labels")
    parser = build("skd_tagging_parser", vocab=vocab)
    parser(**tree_batch)
    share = (heads[words] == 0).float().mean().item()
    assert 0 < share < 1 and parser.get_metrics(reset=True)["arcs_with_label"] == pytest.approx(share)
    assert parser.get_metrics() == {}


def test_an_unknown_encoding_is_refused(build_parser):
    with pytest.raises(ConfigurationError, match="'brackets', expected one of: relative_offset, relative_pos"):
        build_parser("skd_tagging_parser", encoding="brackets")


def test_a_reader_without_encoding_is_refused(build, tree_vocab):
    with pytest.raises(ConfigurationError, match="'tree_labels'.*Give the reader an `encoding`"):
        build("skd_tagging_parser", vocab=tree_vocab, arc_label_namespace="tree_labels")


def test_an_arc_label_with_an_unknown_relation_is_refused(build):
    vocab = vocabulary(Dependencies(encoding="relative_offset"), tokens_to_add={"arc_labels": ["+1@unheard"]})
    with pytest.raises(ConfigurationError, match=r"'\+1@unheard' has the relation 'unheard', which is not among"):
        build("skd_tagging_parser", vocab=vocab)


def test_a_label_that_denotes_no_arc_is_refused(build):
    vocab = vocabulary(Dependencies(encoding="relative_offset"), tokens_to_add={"arc_labels": ["nsubj"]})
    with pytest.raises(ConfigurationError, match="'nsubj' is not an arc label"):
        build("skd_tagging_parser", vocab=vocab)


def test_labels_of_another_encoding_are_refused(build_parser, tree_batch):
    parser = build_parser("skd_tagging_parser", encoding="relative_offset")
    parser.arc_labels = ("+1,NOUN@det",)
    with pytest.raises(ConfigurationError, match=r"'\+1,NOUN@det'.*relative_offset"):
        parser(tree_batch["tokens"])


def test_the_table_of_relations_follows_the_device(build_parser, tree_batch):
    assert build_parser("skd_tagging_parser").factorize(tree_batch["tokens"]).relation_of.dtype == torch.long
