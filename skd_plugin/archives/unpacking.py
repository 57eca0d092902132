"""Reads the files of an archive or of a run's directory into memory. Nothing is unpacked onto the disk."""

import tarfile
import zlib
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import Dict, Iterator, Optional, Tuple

from skd_plugin.archives.screening.errors import NotLoadable
from skd_plugin.compat.continuing import STANDALONE

CONFIG = "config.json"
WEIGHTS = "weights.th"
VOCABULARY = "vocabulary"

_WEIGHTS_OF_A_RUN = "best.th"
_UNREADABLE = (tarfile.TarError, zlib.error, EOFError, OSError)


def read_files(path: Path) -> Dict[str, bytes]:
    """
    The files of the model at `path`: `config.json`, `weights.th` and `vocabulary/*.txt`, as name → bytes.

    `path` is a `model.tar.gz`, or the directory of a run, whose weights may also be called `best.th`.
    """
    if not path.exists():
        raise NotLoadable(
            f"There is nothing at {path}, expected the model.tar.gz of a trained model or the directory of its run."
        )
    try:
        files = _read_directory(path) if path.is_dir() else _read_archive(path)
    except _UNREADABLE as error:
        raise NotLoadable(
            f"{path} cannot be read ({type(error).__name__}: {error}). Expected the model.tar.gz that `allennlp train` "
            "writes when it ends; if that run was interrupted, resume it with `-r`."
        ) from error
    for name in (CONFIG, WEIGHTS):
        if name not in files:
            raise NotLoadable(
                f"{path} cannot be read as a trained model: it has no {name}. Expected the model.tar.gz that `allennlp "
                "train` writes when it ends, or the directory of that run."
            )
    return files


def is_plain_name(name: str) -> bool:
    """Whether this is the name of a vocabulary file and, on any operating system, not a path."""
    return name.endswith(".txt") and name[0] != "." and PureWindowsPath(name).name == name and "\0" not in name


def _read_directory(path: Path) -> Dict[str, bytes]:
    weights, standalone = path / WEIGHTS, path / STANDALONE
    paths = {CONFIG: standalone if standalone.is_file() else path / CONFIG}
    paths |= {WEIGHTS: weights if weights.is_file() else path / _WEIGHTS_OF_A_RUN}
    paths |= {f"{VOCABULARY}/{file.name}": file for file in sorted((path / VOCABULARY).glob("*.txt"))}
    return {name: file.read_bytes() for name, file in paths.items() if file.is_file() and _is_needed(name)}


def _read_archive(path: Path) -> Dict[str, bytes]:
    files: Dict[str, bytes] = {}
    with tarfile.open(path, "r:gz") as archive:
        for name, member in _members(path, archive):
            if _is_needed(name):
                file = archive.extractfile(member)
                if file is not None:
                    files[name] = file.read()
        # Reading to the end verifies gzip's checksum.
        while archive.fileobj is not None and archive.fileobj.read(1 << 20):
            pass
    return files


def _members(path: Path, archive: tarfile.TarFile) -> Iterator[Tuple[str, tarfile.TarInfo]]:
    """Every member with its normalized name. All are checked, even those that are not needed."""
    seen = set()
    for member in archive:
        name = str(PurePosixPath(member.name))
        fault = _fault(member) or ("is there twice" if name in seen else None)
        if fault is not None:
            raise NotLoadable(
                f"The member {member.name!r} of {path} {fault}. What `allennlp train` writes has only files and "
                "directories, each of them once. Do not use this archive, and ask where it comes from."
            )
        seen.add(name)
        yield name, member


def _fault(member: tarfile.TarInfo) -> Optional[str]:
    if member.issym() or member.islnk():
        return f"is a link to {member.linkname!r}"
    if not (member.isfile() or member.isdir()) or member.issparse():
        return "is neither a file nor a directory"
    parts = PureWindowsPath(member.name)
    if member.name.startswith("/") or parts.root or parts.drive:
        return "has an absolute path"
    return "leads out of the archive" if ".." in parts.parts else None


def _is_needed(name: str) -> bool:
    folder, _, file = name.partition("/")
    return name in (CONFIG, WEIGHTS) or (folder == VOCABULARY and is_plain_name(file))
