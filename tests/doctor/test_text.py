"""The text of a distillation: how much there is, whether it is split alike, and whether it is of the same kind."""

from skd_plugin.doctor.text import text, text_without_teacher
from tests.doctor import bad, data, one

LABELLED = [("Anna moved .", "U-PER O O")] * 4
VALIDATION = [("Berta stayed .", "U-PER O O")]


def test_no_text():
    found = one(text(data(LABELLED)), "warning")
    assert "There is no text without labels, and it matters most" in found
    assert "unlabelled: 'more.txt'" in found and "skd-cross-fit" in found


def test_text_that_suits():
    findings = list(text(data(LABELLED, ["Berta slept ."] * 8, VALIDATION)))
    assert not bad(findings)
    assert [finding.text for finding in findings] == [
        "The text has 2 times as many words as the labelled data",
        "Its sentences end as those of the labelled data do, so both are split into words alike",
        "Of the words in the validation data, the labelled data lacks 66.7%; the text has 50% of these",
    ]


def test_much_text():
    findings = list(text(data(LABELLED, ["Berta slept ."] * 480)))
    assert not bad(findings) and findings[0].text.startswith("The text has 120 times as many words")


def test_little_text():
    assert "The text has 0.25 times as many words" in one(text(data(LABELLED, ["Berta slept ."])), "note")


def test_text_that_is_not_split_into_words():
    found = one(text(data(LABELLED, ["Yesterday Berta slept."] * 8)), "warning")
    assert "100% of the text's sentences end in a word with its full stop, as `Oslo.`, and 0% of the labelled" in found
    assert "a space before each punctuation mark" in found


def test_text_of_another_kind():
    found = one(text(data(LABELLED, ["Das hier ist anderer Text ."] * 8, VALIDATION)), "note")
    assert "the text has 0% of these, so it may be of another kind" in found


def test_text_that_is_the_labelled_data_is_of_the_same_kind():
    long = [("Anna moved to Oslo .", "U-PER O O U-LOC O")] * 4
    assert not bad(text(data(long, [words for words, _ in long], VALIDATION)))


def test_text_and_no_teacher():
    found = one(text_without_teacher(data(LABELLED, ["Berta slept ."])), "warning")
    assert "There is text without labels, and no teacher: nothing is learned from it" in found
    assert not list(text_without_teacher(data(LABELLED)))


def test_text_alone():
    assert not bad(text(data([], ["Berta slept ."], VALIDATION)))
