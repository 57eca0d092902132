"""Labels that cannot be learned are named."""

from skd_plugin.doctor.labels import labels_of_data
from tests.doctor import data, one

MANY = [("Anna moved", "U-PER O")] * 10


def test_labels_that_are_learned():
    [finding] = labels_of_data(data(MANY, [], MANY))
    assert finding == ("ok", "Entities of the training data: PER 10", "")


def test_a_label_of_the_validation_data_alone():
    found = one(labels_of_data(data(MANY, [], [("Oslo", "U-GPE")])), "warning")
    assert "Only the validation data has the entities GPE 1; the model cannot learn them." in found
    assert "rename them in one of the files" in found


def test_a_few_labels_of_the_validation_data_alone():
    few = [("Oslo", "U-GPE"), *MANY * 20]
    assert "Only the validation data has the entities GPE 1" in one(labels_of_data(data(MANY, [], few)), "note")


def test_a_rare_label():
    found = one(labels_of_data(data([*MANY, ("Oslo", "U-LOC")])), "note")
    assert "These entities occur fewer than 10 times in the training data: LOC." in found


def test_no_labels_at_all():
    found = one(labels_of_data(data([("Anna moved", "O O")])), "warning")
    assert "The labelled training data has no entities." in found and "dataset_reader" in found
    assert not list(labels_of_data(data([], ["only text"])))
