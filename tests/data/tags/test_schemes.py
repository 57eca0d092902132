"""Every scheme's tags to BIOUL and back."""

import pytest
from allennlp.data.dataset_readers.dataset_utils import to_bioul as allennlp_to_bioul
from hypothesis import given, settings

from skd_plugin.data.tags.schemes import PREFIXES, first_misfit, from_bioul, is_tag, to_bioul, with_type
from tests.data.strategies import bioul

SCHEMES = sorted(PREFIXES)

WRITTEN = {
    "IOB1": ["O", "I-X", "I-X", "I-X", "B-X", "I-Y", "O", "I-X"],
    "IOB2": ["O", "B-X", "I-X", "I-X", "B-X", "B-Y", "O", "B-X"],
    "BIOUL": ["O", "B-X", "I-X", "L-X", "U-X", "U-Y", "O", "U-X"],
    "BIOES": ["O", "B-X", "I-X", "E-X", "S-X", "S-Y", "O", "S-X"],
    "BMES": ["O", "B-X", "M-X", "E-X", "S-X", "S-Y", "O", "S-X"],
    "BMEWO": ["O", "B-X", "M-X", "E-X", "W-X", "W-Y", "O", "W-X"],
}


@pytest.mark.parametrize("scheme", SCHEMES)
def test_example(scheme):
    assert to_bioul(WRITTEN[scheme]) == WRITTEN["BIOUL"]
    assert from_bioul(WRITTEN["BIOUL"], scheme) == WRITTEN[scheme]


@pytest.mark.parametrize("scheme", SCHEMES)
@settings(derandomize=True)
@given(tags=bioul)
def test_written_and_read_back_is_identical(scheme, tags):
    written = from_bioul(tags, scheme)
    assert to_bioul(written) == tags
    assert first_misfit(written, scheme) is None


@pytest.mark.parametrize("scheme, allennlp_name", [("IOB1", "IOB1"), ("IOB2", "BIO")])
@settings(derandomize=True)
@given(tags=bioul)
def test_agrees_with_allennlp(scheme, allennlp_name, tags):
    written = from_bioul(tags, scheme)
    assert to_bioul(written) == allennlp_to_bioul(written, allennlp_name)


@pytest.mark.parametrize(
    "scheme, tags, index, expected",
    [
        ("IOB2", "O I-X", 1, "B-X"),
        ("IOB2", "B-X I-Y", 1, "B-Y"),
        ("IOB1", "O B-X", 1, "I-X"),
        ("IOB1", "I-X B-Y", 1, "I-Y"),
        ("BIOUL", "B-X O", 0, "U-X"),
        ("BIOUL", "B-X I-X", 1, "L-X"),
        ("BIOES", "S-X E-X", 1, "S-X"),
        ("BMEWO", "B-X E-X S-X", 2, "W-X"),
    ],
)
def test_misfit_says_where_and_what_instead(scheme, tags, index, expected):
    assert first_misfit(tags.split(), scheme) == (index, tags.split()[index], expected)


@pytest.mark.parametrize(
    "tags, spans",
    [
        ("I-X I-X O", "B-X L-X O"),
        ("B-X I-Y I-Y", "U-X B-Y L-Y"),
        ("B-X O I-X", "U-X O U-X"),
        ("E-X E-X", "U-X U-X"),
        ("I-X L-X I-X", "B-X L-X U-X"),
    ],
)
def test_ill_formed_tags_are_read_as_the_conll_scorer_does(tags, spans):
    assert to_bioul(tags.split()) == spans.split()


@pytest.mark.parametrize("scheme", SCHEMES)
def test_tags_without_a_type(scheme):
    untyped = [tag[0] for tag in WRITTEN[scheme] if not tag.endswith("-Y")]
    bioul = [tag[0] for tag in WRITTEN["BIOUL"] if not tag.endswith("-Y")]
    assert all(map(is_tag, untyped))
    assert to_bioul(untyped) == bioul
    assert from_bioul(bioul, scheme) == untyped
    assert [with_type(tag, "X") for tag in bioul] == [tag for tag in WRITTEN["BIOUL"] if not tag.endswith("-Y")]


@pytest.mark.parametrize("tag", ["NN", "BB", "A", "B-", "X-PER", "b-PER", "o", "", "B_PER", "O-PER"])
def test_no_tag_of_any_scheme(tag):
    assert not is_tag(tag)
