"""A key belongs to one list of words, and stays what it was in version 0.1.0."""

import hashlib

from hypothesis import example, given
from hypothesis import strategies as st

from skd_plugin.distillation.teachers.keys import key

# Few characters, so that lists are often alike. The last two together look like one character in UTF-16.
WORDS = st.lists(st.text(st.sampled_from("a\0\x01\ud83d\ude00"), max_size=3), max_size=3).map(tuple)


@given(one=WORDS, other=WORDS)
@example(one=("ab", "cd"), other=("ab\0cd",))
@example(one=(), other=("",))
@example(one=("", ""), other=("\0",))
@example(one=("a\0", "b"), other=("a", "\0b"))
@example(one=("\U0001f600",), other=("\ud83d\ude00",))
def test_lists_of_words_that_differ_have_keys_that_differ(one, other):
    assert (key(one) == key(other)) == (one == other)
    assert len(key(one)) == 16


def test_ordinary_sentences_have_the_keys_of_version_0_1_0():
    for words in [("Ada",), ("New", "York", "Zürich"), ("",), ("", "a")]:
        assert key(words) == hashlib.blake2b("\0".join(words).encode(), digest_size=16).digest()
    assert key(("New", "York")).hex() == "16484dc4d75aa5a9d36a897262196a20"
