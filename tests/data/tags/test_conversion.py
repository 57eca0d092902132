"""Recognizing the scheme of a file, and what happens to tags that break it."""

from typing import List

import pytest
from allennlp.common.checks import ConfigurationError
from hypothesis import given, settings
from hypothesis import strategies as st

from skd_plugin.data.files.sentence import Sentence
from skd_plugin.data.tags.conversion import TagScheme
from skd_plugin.data.tags.recognition import recognize
from skd_plugin.data.tags.schemes import PREFIXES, from_bioul
from tests.data.strategies import bioul


def sentences(*tag_strings: str) -> List[Sentence]:
    lists = [tags.split() for tags in tag_strings]
    starts = [sum(map(len, lists[:index])) + index + 1 for index in range(len(lists))]
    return [
        Sentence(["w"] * len(tags), tags, list(range(start, start + len(tags))))
        for start, tags in zip(starts, lists, strict=True)
    ]


def converted(scheme: TagScheme, *tag_strings: str) -> List[str]:
    read = sentences(*tag_strings)
    return [" ".join(sentence.tags or []) for sentence in scheme.convert("f.conll", lambda: iter(read))]


@pytest.mark.parametrize(
    "tags, scheme",
    [
        (["B-X I-X O"], "IOB2"),
        (["B-X B-X"], "IOB2"),
        (["I-X B-X"], "IOB1"),
        (["O I-X"], "IOB1"),
        (["O", "U-X"], "BIOUL"),
        (["B-X I-X L-X"], "BIOUL"),
        (["B-X I-X E-X"], "BIOES"),
        (["S-X"], "BIOES"),
        (["B-X M-X E-X", "S-X"], "BMES"),
        (["B-X E-X", "W-X"], "BMEWO"),
        (["O O", "O"], "IOB2"),
    ],
)
def test_recognition(tags, scheme):
    assert recognize("f.conll", lambda: sentences(*tags)) == scheme


@settings(derandomize=True)
@given(tags=bioul, written_in=st.sampled_from(sorted(PREFIXES)))
def test_any_legal_file_is_recognized_without_harm(tags, written_in):
    written = " ".join(from_bioul(tags, written_in))
    assert converted(TagScheme(), written) == [" ".join(tags)]


@pytest.mark.parametrize("name", ["BIO", "iob2", "IOB2"])
def test_names_of_a_declared_scheme(name):
    assert converted(TagScheme(name), "B-X I-X") == ["B-X L-X"]


def test_declared_scheme_is_held_to():
    message = r"f\.conll:4: found the tag 'I-X', expected 'B-X' in the scheme IOB2\. Correct .*'repair'"
    with pytest.raises(ConfigurationError, match=message):
        converted(TagScheme("BIO"), "O O", "I-X O")


def test_a_file_in_no_scheme_is_compared_with_the_nearest():
    message = r"f\.conll:3: found the tag 'I-X', expected 'B-X' in IOB2, the nearest scheme.*the 1 sentence\(s\)"
    with pytest.raises(ConfigurationError, match=message):
        converted(TagScheme(), "O", "I-X", "B-X O", "B-X I-X")


@pytest.mark.parametrize("scheme", [None, "IOB2"])
def test_repair(scheme):
    assert converted(TagScheme(scheme, "repair"), "I-X I-X", "B-X I-Y") == ["B-X L-X", "U-X U-Y"]


@pytest.mark.parametrize("policy", ["error", "repair"])
def test_labels_of_no_scheme_are_refused(policy):
    with pytest.raises(ConfigurationError, match=r"f\.conll:2: found the tag 'NN', expected 'O' or .*'plain'"):
        converted(TagScheme(None, policy), "O NN")


@pytest.mark.parametrize(
    "tags, bioul",
    [
        ("B I O B", "B-X L-X O U-X"),
        ("I I O I B", "B-X L-X O U-X U-X"),
        ("S O B I E", "U-X O B-X I-X L-X"),
        ("U O B L", "U-X O B-X L-X"),
        ("B M E S", "B-X I-X L-X U-X"),
    ],
)
def test_entities_without_a_type(tags, bioul):
    assert converted(TagScheme(entity_type="X"), tags) == [bioul]
    assert converted(TagScheme(entity_type="X", on_ill_formed="repair"), tags) == [bioul]


def test_the_name_of_entities_without_a_type():
    assert converted(TagScheme(), "B O", "B I") == ["U-ENTITY O", "B-ENTITY L-ENTITY"]
    with pytest.raises(ConfigurationError, match="`entity_type` is ' ', expected the name of a type"):
        TagScheme(entity_type=" ")


@pytest.mark.parametrize("policy", ["error", "repair"])
@pytest.mark.parametrize("first, then, rule", [("B-X", "B", "with"), ("B", "I-X", "without")])
def test_some_tags_with_a_type_and_some_without(policy, first, then, rule):
    message = (
        rf"f\.conll:\d: found the tag '{then}', expected one {rule} a type, as '{first}' in line 1\. Give all tags"
    )
    with pytest.raises(ConfigurationError, match=message):
        converted(TagScheme(None, policy), f"{first} O", then)


def test_an_ill_formed_tag_without_a_type():
    with pytest.raises(ConfigurationError, match=r"f\.conll:2: found the tag 'I', expected 'B' in the scheme IOB2"):
        converted(TagScheme("BIO"), "O I")


def test_plain_labels_stay():
    assert converted(TagScheme("plain"), "NN B-X I-Y") == ["NN B-X I-Y"]


def test_the_scheme_of_a_file_is_recognized_once():
    reads = []

    def read():
        reads.append(1)
        return iter(sentences("B-X"))

    scheme = TagScheme()
    for _ in range(2):
        list(scheme.convert("f.conll", read))
    assert len(reads) == 3


def test_unknown_scheme():
    with pytest.raises(ConfigurationError, match="Unknown tag scheme 'IOB', expected one of: IOB2, IOB1.*Leave"):
        TagScheme("IOB")


def test_unknown_policy():
    with pytest.raises(ConfigurationError, match="`on_ill_formed` is 'fix', expected 'error' or 'repair'"):
        TagScheme(None, "fix")
