"""Reads the files of an archive or of a run's directory into memory. Nothing is unpacked onto the disk."""

import gzip
import os
import tarfile
import zlib
from contextlib import contextmanager
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import BinaryIO, Callable, Collection, Dict, Iterator, Optional, Tuple, cast

from skd_plugin.archives.screening.errors import NotLoadable
from skd_plugin.archives.screening.limits import LimitedReader, TooLarge, largest_content, read_file_into_memory
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
    with _readable(path):
        files = _read_directory(path) if path.is_dir() else _read_archive(path, _is_needed)
    for name in (CONFIG, WEIGHTS):
        if name not in files:
            raise NotLoadable(
                f"{path} cannot be read as a trained model: it has no {name}. Expected the model.tar.gz that `allennlp "
                "train` writes when it ends, or the directory of that run."
            )
    return files


def read_others(path: Path, names: Collection[str]) -> Dict[str, bytes]:
    """Those files of the model at `path` that have one of these names. A link is taken for a file that is missing."""
    with _readable(path):
        if not path.is_dir():
            return _read_archive(path, names.__contains__)
        files = {name: path / name for name in names}
        is_there = {name: file for name, file in files.items() if file.is_file() and not file.is_symlink()}
        return {name: read_file_into_memory(file) for name, file in is_there.items()}


def is_plain_name(name: str) -> bool:
    """Whether this is the name of a vocabulary file and, on any operating system, not a path."""
    return name.endswith(".txt") and name[0] != "." and PureWindowsPath(name).name == name and "\0" not in name


@contextmanager
def _readable(path: Path) -> Iterator[None]:
    """Raises `NotLoadable` in place of the errors of files and archives that cannot be read."""
    if not path.exists():
        raise NotLoadable(
            f"There is nothing at {path}, expected the model.tar.gz of a trained model or the directory of its run."
        )
    try:
        yield
    except _UNREADABLE as error:
        raise NotLoadable(
            f"{path} cannot be read ({type(error).__name__}: {error}). Expected the model.tar.gz that `allennlp train` "
            "writes when it ends; if that run was interrupted, resume it with `-r`."
        ) from error
    except (TooLarge, MemoryError) as error:
        fault = str(error) or "it does not fit into the memory"
        raise NotLoadable(
            f"{path} is not read: {fault}. Do not use it, and ask where it comes from. If it is yours, unpack it and "
            "give the directory."
        ) from error


def _read_directory(path: Path) -> Dict[str, bytes]:
    weights, standalone = path / WEIGHTS, path / STANDALONE
    paths = {CONFIG: standalone if os.path.lexists(standalone) else path / CONFIG}
    paths |= {WEIGHTS: weights if os.path.lexists(weights) else path / _WEIGHTS_OF_A_RUN}
    _refuse_link(path / VOCABULARY)
    paths |= {f"{VOCABULARY}/{file.name}": file for file in sorted((path / VOCABULARY).glob("*.txt"))}
    needed = {name: file for name, file in paths.items() if _is_needed(name)}
    for file in needed.values():
        _refuse_link(file)
    return {name: read_file_into_memory(file) for name, file in needed.items() if file.is_file()}


def _refuse_link(file: Path) -> None:
    if file.is_symlink():
        raise NotLoadable(
            f"{file} is a link to {os.readlink(file)!r}. The directory of a trained model has only files, and a link "
            "may lead to anything on this machine. If it is your own, put the file itself in its place; if not, ask "
            "where it comes from."
        )


def _read_archive(path: Path, is_needed: Callable[[str], bool]) -> Dict[str, bytes]:
    files: Dict[str, bytes] = {}
    limit = largest_content(path.stat().st_size)
    with gzip.open(path) as content:
        stream = LimitedReader(cast(BinaryIO, content), limit)
        with tarfile.open(fileobj=cast(BinaryIO, stream), mode="r|") as archive:
            for name, member in _members(path, archive, limit):
                if is_needed(name):
                    file = archive.extractfile(member)
                    if file is not None:
                        files[name] = file.read()
        # Reading to the end verifies gzip's checksum.
        while stream.read(1 << 20):
            pass
    return files


def _members(path: Path, archive: tarfile.TarFile, limit: int) -> Iterator[Tuple[str, tarfile.TarInfo]]:
    """Every member with its normalized name. All are checked, even those that are not needed."""
    seen = set()
    for member in archive:
        name = str(PurePosixPath(member.name))
        fault = _fault(member, limit) or ("is there twice" if name in seen else None)
        if fault is not None:
            raise NotLoadable(
                f"The member {member.name!r} of {path} {fault}. What `allennlp train` writes has only files and "
                "directories, each of them once. Do not use this archive, and ask where it comes from."
            )
        seen.add(name)
        yield name, member


def _fault(member: tarfile.TarInfo, limit: int) -> Optional[str]:
    if member.issym() or member.islnk():
        return f"is a link to {member.linkname!r}"
    if not (member.isfile() or member.isdir()) or member.issparse():
        return "is neither a file nor a directory"
    if not 0 <= member.size <= limit:
        return f"says that it has {member.size:,} bytes, and the whole archive may expand to {limit:,}"
    parts = PureWindowsPath(member.name)
    if member.name.startswith("/") or parts.root or parts.drive:
        return "has an absolute path"
    return "leads out of the archive" if ".." in parts.parts else None


def _is_needed(name: str) -> bool:
    folder, _, file = name.partition("/")
    return name in (CONFIG, WEIGHTS) or (folder == VOCABULARY and is_plain_name(file))
