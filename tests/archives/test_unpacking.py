"""A file that is not the archive of a trained model is refused by name, and nothing is written."""

import gzip
import tarfile

import pytest

from skd_plugin.archives import NotLoadable, load, read
from skd_plugin.archives.screening import limits
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
        (page, "given.tar.gz cannot be read .BadGzipFile: Not a gzipped file.*Expected the model.tar.gz"),
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


def header(size, kind=tarfile.REGTYPE):
    """The header of a member that claims any number of bytes, also one below 0."""
    info = member("weights.th", kind)
    info.size = size
    return info.tobuf(tarfile.GNU_FORMAT)


EIGHT_EXABYTES = 2**63 - 1


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (header(EIGHT_EXABYTES), "'weights.th' of .* says that it has 9,223,372,036,854,775,807 bytes, and the whole"),
        (header(-1), "'weights.th' of .* says that it has -1 bytes"),
        (header(-(2**62)), "says that it has -4,611,686,018,427,387,904 bytes"),
        (header(1000), "tampered.tar.gz cannot be read .ReadError: unexpected end of data"),
        (header(EIGHT_EXABYTES, tarfile.GNUTYPE_LONGNAME), "tampered.tar.gz cannot be read"),
        (header(EIGHT_EXABYTES, tarfile.XHDTYPE), "tampered.tar.gz cannot be read"),
        (header(-(2**62), tarfile.XHDTYPE), "tampered.tar.gz cannot be read"),
    ],
    ids=["8 EB", "-1", "-4 EB", "cut", "name of 8 EB", "attributes of 8 EB", "attributes of -4 EB"],
)
def test_members_that_claim_another_size(tmp_path, content, message):
    path = tmp_path / "tampered.tar.gz"
    path.write_bytes(gzip.compress(content))
    with pytest.raises(NotLoadable, match=message):
        load(path)


@pytest.mark.parametrize("name", ["weights.th", "not_needed"])
def test_an_archive_that_expands_without_limit(archive, monkeypatch, name):
    monkeypatch.setattr(limits, "_ALWAYS_ALLOWED", 1 << 16)
    archive.files[name] = bytes(1 << 24)
    with pytest.raises(NotLoadable, match=f"'{name}' of .* says that it has 16,777,216 bytes, and the whole archive"):
        load(archive.packed())


def test_many_members_that_expand_without_limit(archive, monkeypatch):
    monkeypatch.setattr(limits, "_ALWAYS_ALLOWED", 1 << 16)
    archive.files.update({f"extra{number}": bytes(1 << 20) for number in range(20)})
    path = archive.packed()
    with pytest.raises(NotLoadable, match="tampered.tar.gz is not read: it expands to more than .* bytes.* unpack it"):
        load(path)


@pytest.fixture
def unpacked(archive, tmp_path):
    """The directory of a run."""
    for name, content in archive.files.items():
        file = tmp_path / "run" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)
    return tmp_path / "run"


@pytest.mark.parametrize(
    "name", ["config.json", "weights.th", "best.th", "vocabulary", "vocabulary/tokens.txt", "vocabulary/more.txt"]
)
@pytest.mark.parametrize("leads_nowhere", [False, True])
def test_a_directory_with_a_link(unpacked, tmp_path, name, leads_nowhere):
    secret = tmp_path / "secret"
    if name == "best.th":
        (unpacked / "weights.th").rename(unpacked / name)
    if (unpacked / name).exists():
        (unpacked / name).rename(secret)
    elif not leads_nowhere:
        secret.write_text("secret")
    if leads_nowhere and secret.exists():
        secret.rename(tmp_path / "moved")
    (unpacked / name).symlink_to(secret)
    with pytest.raises(NotLoadable, match=f"run/{name} is a link to '.*secret'.* put the file itself in its place"):
        read(unpacked)


def test_a_link_to_the_directory_is_followed(unpacked, tmp_path):
    (tmp_path / "latest").symlink_to(unpacked)
    assert read(tmp_path / "latest").vocabulary == read(unpacked).vocabulary


def test_a_file_that_does_not_fit_into_the_memory(unpacked, monkeypatch):
    with (unpacked / "weights.th").open("r+b") as file:
        file.truncate(1 << 40)
    monkeypatch.setattr(limits, "_memory", lambda: 1 << 34)
    with pytest.raises(NotLoadable, match="run is not read: it has 1,099,511,627,776 bytes, but this machine has"):
        read(unpacked)


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
