"""A file is replaced at once, or not at all."""

import errno
import os
from os import fsync

import pytest

from skd_plugin.compat.whole_files import whole_file, written_whole


@pytest.fixture(autouse=True)
def _waiting_for_the_disk(monkeypatch):
    """Unlike in the other tests."""
    monkeypatch.setattr(os, "fsync", fsync)


def write(text, path=None):
    if path is not None:
        with open(path, "w") as file:
            file.write(text)
    return text


def test_the_file_is_replaced_at_the_end(tmp_path):
    path = tmp_path / "file.txt"
    path.write_text("old")
    with whole_file(path) as unfinished:
        write("new", unfinished)
        assert path.read_text() == "old"
    assert path.read_text() == "new" and os.listdir(tmp_path) == ["file.txt"]


def test_an_error_leaves_the_old_file_and_nothing_else(tmp_path):
    path = tmp_path / "file.txt"
    path.write_text("old")
    with pytest.raises(OSError, match="full"), whole_file(path) as unfinished:
        write("half", unfinished)
        raise OSError("The disk is full.")
    assert path.read_text() == "old" and os.listdir(tmp_path) == ["file.txt"]


def test_a_disk_that_is_full_at_last_leaves_the_old_file(tmp_path, monkeypatch):
    path = tmp_path / "file.txt"
    path.write_text("old")
    monkeypatch.setattr(os, "fsync", failing(errno.ENOSPC))
    with pytest.raises(OSError, match="No space left"), whole_file(path) as unfinished:
        write("new", unfinished)
    assert path.read_text() == "old" and os.listdir(tmp_path) == ["file.txt"]


def test_a_file_system_that_cannot_flush_is_no_error(tmp_path, monkeypatch):
    monkeypatch.setattr(os, "fsync", failing(errno.EINVAL))
    with whole_file(tmp_path / "file.txt") as unfinished:
        write("new", unfinished)
    assert (tmp_path / "file.txt").read_text() == "new"


def failing(number):
    def fsync(descriptor):
        raise OSError(number, os.strerror(number))

    return fsync


def test_what_a_killed_process_has_left_is_overwritten(tmp_path):
    path = tmp_path / "file.txt"
    (tmp_path / "file.txt.unfinished").write_text("half of something long")
    with whole_file(path) as unfinished:
        write("new", unfinished)
    assert path.read_text() == "new" and os.listdir(tmp_path) == ["file.txt"]


def test_a_function_writes_another_file_first(tmp_path, monkeypatch):
    seen = []
    whole = written_whole(lambda text, path: seen.append(str(path)) or write(text, path), "path")
    monkeypatch.chdir(tmp_path)
    whole("new", path="file.txt")
    assert seen == ["file.txt.unfinished"] and os.listdir(tmp_path) == ["file.txt"]


def test_no_path_and_what_is_no_file_are_passed_on():
    whole = written_whole(write, "path")
    assert whole("nothing", None) == "nothing"
    assert whole("somewhere", os.devnull) == "somewhere"
