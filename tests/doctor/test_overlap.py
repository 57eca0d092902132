"""Sentences that are in two parts of the data are found, and scores that mean less because of it."""

from skd_plugin.doctor.overlap import overlap
from tests.doctor import bad, data, one


def sentences(start, end):
    return [(f"Anna moved to Oslo {number}", "U-PER O O U-LOC O") for number in range(start, end)]


def words(start, end):
    return [text for text, _ in sentences(start, end)]


def test_nothing_in_common():
    [finding] = overlap(data(sentences(0, 100), words(100, 200), sentences(200, 300)))
    assert finding.level == "ok" and "At most 1% of the validation sentences" in finding.text


def test_validation_sentences_that_are_trained_on():
    found = one(overlap(data(sentences(0, 100), [], sentences(50, 150))), "warning")
    assert "50 of the 100 validation sentences of at least 5 words (50%) are in the labelled training data." in found
    assert "Take them out of one of the two" in found


def test_validation_sentences_in_the_text():
    found = one(overlap(data(sentences(0, 100), words(200, 300), sentences(298, 398))), "warning")
    assert "2 of the 100 validation sentences of at least 5 words (2%) are in the text." in found


def test_text_that_is_the_labelled_data():
    found = one(overlap(data(sentences(0, 100), words(0, 100))), "warning")
    assert "The text is the labelled data again: 100% of its sentences" in found and "skd-cross-fit" in found


def test_text_that_has_some_of_the_labelled_data():
    assert "5 of the 100 sentences of the text are in" in one(overlap(data(sentences(0, 5), words(0, 100))), "note")


def test_text_that_repeats_itself():
    found = bad(overlap(data(sentences(0, 5), words(10, 50) * 2)))
    assert [finding.text for finding in found] == ["40 of the 80 sentences of the text are repetitions."]
