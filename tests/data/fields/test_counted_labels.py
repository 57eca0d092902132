"""Labels that the vocabulary counts and never indexes."""

from allennlp.data import Batch, Instance, Vocabulary

from skd_plugin.data.fields.counted_labels import CountedLabels


def instance(*labels):
    return Instance({"arc_labels": CountedLabels(list(labels), "arc_labels")})


def test_the_vocabulary_counts_them():
    vocabulary = Vocabulary.from_instances([instance("b", "a"), instance("b"), instance()])
    assert vocabulary.get_index_to_token_vocabulary("arc_labels") == {0: "b", 1: "a"}


def test_a_model_gets_the_strings_though_the_vocabulary_does_not_know_them():
    batch = Batch([instance("b", "a"), instance()])
    batch.index_instances(Vocabulary())
    assert batch.as_tensor_dict() == {"arc_labels": [["b", "a"], []]}


def test_the_empty_field_counts_nothing():
    empty = CountedLabels(["a"], "arc_labels").empty_field()
    assert Vocabulary.from_instances([Instance({"arc_labels": empty})]).get_vocab_size("arc_labels") == 0
