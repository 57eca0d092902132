"""An index finds every key that it has, and no other."""

import os
from multiprocessing import get_context

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from skd_plugin.distillation.teachers.index import Index, as_keys, as_list

# With zeros at their ends, which NumPy takes for padding.
keys = st.integers(0, 3).map(lambda number: number.to_bytes(1, "little") * 8 + bytes(8))
shards = st.lists(st.lists(keys | st.binary(min_size=16, max_size=16), unique=True, max_size=5), max_size=4)


def joined(names):
    return as_keys(b"".join(names))


def places(index, names):
    return [tuple(place) for place in index.places(joined(names)).tolist()]


@given(shards, st.lists(st.binary(min_size=16, max_size=16), max_size=3))
def test_every_key_is_found_where_it_was_first(contents, others):
    index, expected = Index.empty(), {}
    for number, names in enumerate(contents):
        index = index.with_shards({f"shard-{number}": number}, [joined(names)])
        for row, name in enumerate(names):
            expected.setdefault(name, (number, row))
    assert len(index) == len(expected)
    assert places(index, list(expected)) == list(expected.values())
    assert places(index, others) == [expected.get(name, (-1, -1)) for name in others]


def test_it_is_the_same_in_whatever_order_shards_are_added(tmp_path):
    contents = {name: [bytes([number]) * 16] for number, name in enumerate("abc")}
    for names in ("abc", "cab", "bca"):
        index = Index.empty()
        for name in names:
            index = index.with_shards({name: 1}, [joined(contents[name])])
        index.write(tmp_path / names, "writer")
    assert len({file.read_bytes() for file in tmp_path.iterdir()}) == 1


@given(shards, shards)
def test_it_finds_the_keys_of_its_shards_and_no_others(contents, others):
    names = {f"shard-{number}": len(some) for number, some in enumerate(contents)}
    index = Index.empty().with_shards(names, list(map(joined, contents)))
    assert index.finds(list(map(joined, contents)))
    theirs = {(name, number, row) for number, some in enumerate(others) for row, name in enumerate(some)}
    keys_of = [{name for some in both for name in some} for both in (contents, others)]
    found = {(name, *place) for name, place in zip(keys_of[0], places(index, list(keys_of[0])))}
    assert index.finds(list(map(joined, others))) == (keys_of[0] == keys_of[1] and found <= theirs)


def test_what_is_written_is_read(tmp_path):
    names = [bytes([number]) * 16 for number in (3, 1, 2)]
    Index.empty().with_shards({"one": 10, "two": 20}, [joined(names[:2]), joined(names[2:])]).write(
        tmp_path / "index", "writer"
    )
    index = Index.read(tmp_path / "index")
    assert index.shards == {"one": 10, "two": 20} and index.counts() == [2, 1]
    assert places(index, names) == [(0, 0), (0, 1), (1, 0)]
    assert [file.name for file in tmp_path.iterdir()] == ["index"]


def replace_again_and_again(folder):
    while True:
        for name in ("small", "large"):
            os.link(folder / name, folder / "next")
            os.replace(folder / "next", folder / "index")


def test_one_that_is_replaced_while_it_is_read_is_one_or_the_other(tmp_path):
    names = [bytes([number]) * 16 for number in range(200)]
    small = Index.empty().with_shards({"one": 10}, [joined(names[:2])])
    large = Index.empty().with_shards(
        {f"shard-{number:03}": 1 for number in range(200)}, [joined([name]) for name in names]
    )
    for index, name in ((small, "small"), (large, "large"), (small, "index")):
        index.write(tmp_path / name, "writer")
    expected = {1: places(small, names[:3]), 200: places(large, names[:3])}
    process = get_context("fork").Process(target=replace_again_and_again, args=(tmp_path,), daemon=True)
    process.start()
    found = [Index.read(tmp_path / "index") for _ in range(1000)]
    process.kill()
    assert all(places(index, names[:3]) == expected[len(index.shards)] for index in found)


def test_where_there_is_none_it_is_empty(tmp_path):
    assert len(Index.read(tmp_path / "index")) == 0


def test_keys_are_as_they_were():
    names = [bytes(16), b"a" + bytes(15), b"0123456789abcdef"]
    assert as_list(as_keys(b"".join(names))) == names
    assert as_list(np.empty(0, "S16")) == []
