"""Words do not repeat, their suffixes hint at their class, draws are Zipfian, inflection is regular."""

from collections import Counter
from random import Random

import pytest

from demo.words import SUFFIXES, WordMaker, Zipf, participle, past, with_s


def test_no_word_is_made_twice():
    maker = WordMaker(Random(0), hint=0.5)
    made = maker.words("PER noun", 300) + maker.words("LOC verb", 300)
    assert len(set(made)) == 600


def test_the_suffix_hints_at_the_class_but_does_not_settle_it():
    words = WordMaker(Random(0), hint=0.6).words("LOC name", 500)
    share = sum(word.endswith(tuple(SUFFIXES["LOC name"])) for word in words) / len(words)
    assert 0.6 < share < 0.85


def test_early_items_are_drawn_more_often():
    rng = Random(0)
    zipf = Zipf("abcdef")
    counts = Counter(zipf.draw(rng) for _ in range(3000))
    assert [letter for letter, _ in counts.most_common()] == list("abcdef")


def test_weights_scale_the_draws():
    rng = Random(0)
    zipf = Zipf("ab", weights=[0.0, 1.0])
    assert {zipf.draw(rng) for _ in range(50)} == {"b"}


@pytest.mark.parametrize(
    "inflect, word, inflected",
    [
        (with_s, "storb", "storbs"),
        (with_s, "ragency", "ragencies"),
        (with_s, "frush", "frushes"),
        (past, "blonate", "blonated"),
        (past, "tolify", "tolified"),
        (past, "gamble", "gambled"),
        (participle, "blonate", "blonating"),
        (participle, "tolify", "tolifying"),
    ],
)
def test_inflection(inflect, word, inflected):
    assert inflect(word) == inflected
