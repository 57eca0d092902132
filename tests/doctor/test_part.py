"""A part of the data knows its numbers, and where what is extreme stands."""

from skd_plugin.data.files.sentence import Sentence
from skd_plugin.doctor.part import LONG, Part
from tests.doctor import part

ANNA = ("Anna Berg moved to Oslo .", "B-PER L-PER O O U-LOC O")


def test_entities_words_and_places():
    ours = part([("Oslo", "U-LOC"), ANNA, ("no gold", None)])
    assert (ours.sentences, ours.words, ours.without_gold, ours.mean_length) == (3, 9, 1, 3)
    assert ours.labels == {"LOC": 2, "PER": 1} and ours.forms["Oslo"] == 2
    assert (ours.longest.number, str(ours.longest)) == (6, "a.conll:3")
    assert (ours.widest.number, str(ours.widest)) == (2, "a.conll:3")


def test_labels_that_are_no_entities():
    ours = Part(of_entities=False)
    ours.add(Sentence(["Anna", "moved"], ["PROPN", "VERB"], [1, 2]))
    assert ours.labels == {"PROPN": 1, "VERB": 1} and ours.widest is None


def test_sentences_in_two_parts_short_ones_apart():
    ours, theirs = part([ANNA, ANNA, ("Thank you !", "O O O")]), part([("Thank you !", "O O O"), ANNA])
    assert ours.repeated == 1
    assert ours.shared(theirs) == (2, 2) and theirs.shared(ours) == (1, 1)


def test_words_that_end_with_a_mark():
    assert part([("in Oslo.", None), ("in Oslo .", None), ("Why ...", None), ("Inc. it is", None)]).glued == 1


def test_the_share_of_words_that_are_among_others():
    assert part([("Oslo Oslo is here", None)]).share_of({"Oslo"}) == 0.5


def test_long_sentences():
    assert part([("a " * LONG, None), ("a " * (LONG + 1), None)]).long == 1
