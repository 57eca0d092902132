"""A file that is not the archive of a trained model is refused by name, and nothing is written."""

import tarfile

import pytest

from skd_plugin.archives import NotLoadable, load, read
from skd_plugin.archives.unpacking import is_plain_name
from tests.archives.tampering import member


@pytest.mark.parametrize(
    ("attack", "message"),
    [
        (member("../written"), "'../written' of .*tampered.tar.gz leads out of the archive"),
        (member("vocabulary/../../written"), "leads out of the archive"),
        (member("..\\written"), "leads out of the archive"),
        (member("/written"), "'/written' of .* has an absolute path"),
        (member("C:/written"), "has an absolute path"),
        (member("extra", tarfile.SYMTYPE, "/etc/passwd"), "'extra' of .* is a link to '/etc/passwd'"),
        (member("extra", tarfile.LNKTYPE, "config.json"), "'extra' of .* is a link to 'config.json'"),
        (member("extra", tarfile.CHRTYPE), "'extra' of .* is neither a file nor a directory"),
        (member("extra", tarfile.FIFOTYPE), "is neither a file nor a directory"),
        (member("extra", tarfile.GNUTYPE_SPARSE), "is neither a file nor a directory"),
        (member("weights.th"), "'weights.th' of .* is there twice"),
        (member("./config.json"), "'./config.json' of .* is there twice"),
    ],
)
def test_members_that_would_be_written_elsewhere(archive, attack, message):
    path = archive.packed(attack)
    before = set(archive.folder.parent.rglob("*"))
    with pytest.raises(NotLoadable, match=message):
        load(path)
    assert set(archive.folder.parent.rglob("*")) == before


def test_what_is_not_needed_does_no_harm(archive):
    expected = read(archive.packed())
    saved = read(archive.packed(member("vocabulary/a/b.txt"), member("code.py")))
    assert saved.vocabulary == expected.vocabulary and saved.config == expected.config


def page(path):
    path.write_text("<!DOCTYPE html><html>Not found</html>")


def empty(path):
    path.write_bytes(b"")


def folder(path):
    path.mkdir()
    (path / "weights.th").write_bytes(b"")


def cut_short(path):
    path.write_bytes(path.read_bytes()[:-8])


def garbled(path):
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (lambda path: None, "nothing at .*given.tar.gz, expected the model.tar.gz"),
        (page, "given.tar.gz cannot be read .ReadError: not a gzip file.*Expected the model.tar.gz"),
        (empty, "given.tar.gz cannot be read .*Expected the model.tar.gz"),
        (folder, "given.tar.gz cannot be read as a trained model: it has no config.json. Expected"),
    ],
)
def test_what_is_no_archive(tmp_path, damage, message):
    damage(tmp_path / "given.tar.gz")
    with pytest.raises(NotLoadable, match=message):
        load(tmp_path / "given.tar.gz")


@pytest.mark.parametrize("damage", [cut_short, garbled])
def test_a_damaged_archive(archive, damage):
    path = archive.packed()
    damage(path)
    with pytest.raises(NotLoadable, match="tampered.tar.gz cannot be read .*if that run was interrupted"):
        load(path)


@pytest.mark.parametrize("name", ["config.json", "weights.th"])
def test_an_archive_with_a_part_missing(archive, name):
    del archive.files[name]
    with pytest.raises(NotLoadable, match=f"it has no {name}. Expected the model.tar.gz"):
        load(archive.packed())


def test_an_archive_without_a_vocabulary(archive):
    del archive.files["vocabulary/non_padded_namespaces.txt"]
    with pytest.raises(NotLoadable, match="no vocabulary, expected at least vocabulary/non_padded_namespaces.txt"):
        load(archive.packed())


@pytest.mark.parametrize("name", ["config.json", "vocabulary/tokens.txt"])
def test_text_that_is_none(archive, name):
    archive.files[name] = b"\xff\xfe"
    with pytest.raises(NotLoadable, match=f"tampered.tar.gz/{name} is not text in UTF-8"):
        load(archive.packed())


@pytest.mark.parametrize("name", ["", "tokens", ".lock.txt", "../x.txt", "/x.txt", "a/b.txt", "a\\b.txt", "C:x.txt"])
def test_names_that_are_not_plain(name):
    assert not is_plain_name(name)


def test_a_plain_name():
    assert is_plain_name("*_tags.v2.txt")
