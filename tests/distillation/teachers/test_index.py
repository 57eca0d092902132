"""An index finds every key that it has, and no other."""

import numpy
from hypothesis import given
from hypothesis import strategies as st

from skd_plugin.distillation.teachers.index import Index, as_keys, as_list

# With zeros at their ends, which NumPy takes for padding.
keys = st.integers(0, 3).map(lambda number: number.to_bytes(1, "little") * 8 + bytes(8))
shards = st.lists(st.lists(keys | st.binary(min_size=16, max_size=16), unique=True, max_size=5), max_size=4)


def places(index, names):
    return [tuple(place) for place in index.places(as_keys(b"".join(names))).tolist()]


@given(shards, st.lists(st.binary(min_size=16, max_size=16), max_size=3))
def test_every_key_is_found_where_it_was_first(contents, others):
    index, expected = Index.empty(), {}
    for number, names in enumerate(contents):
        index = index.with_shards({f"shard-{number}": number}, [names])
        for row, name in enumerate(names):
            expected.setdefault(name, (number, row))
    assert len(index) == len(expected)
    assert places(index, list(expected)) == list(expected.values())
    assert places(index, others) == [expected.get(name, (-1, -1)) for name in others]


def test_what_is_written_is_read(tmp_path):
    names = [bytes([number]) * 16 for number in (3, 1, 2)]
    Index.empty().with_shards({"one": 10, "two": 20}, [names[:2], names[2:]]).write(tmp_path / "index", "writer")
    index = Index.read(tmp_path / "index")
    assert index.shards == {"one": 10, "two": 20} and index.counts() == [2, 1]
    assert places(index, names) == [(0, 0), (0, 1), (1, 0)]
    assert [file.name for file in tmp_path.iterdir()] == ["index"]


def test_where_there_is_none_it_is_empty(tmp_path):
    assert len(Index.read(tmp_path / "index")) == 0


def test_keys_are_as_they_were():
    names = [bytes(16), b"a" + bytes(15), b"0123456789abcdef"]
    assert as_list(as_keys(b"".join(names))) == names
    assert as_list(numpy.empty(0, "S16")) == []
