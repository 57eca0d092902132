"""Writes wheels of pure Python, as the specification of the binary distribution format has them."""

import base64
import hashlib
import zipfile
from pathlib import Path
from typing import Dict, Iterator, Mapping, NamedTuple, Optional, Tuple

from packaging.utils import canonicalize_name

_WHEEL = "Wheel-Version: 1.0\nGenerator: skd_plugin\nRoot-Is-Purelib: true\nTag: py3-none-any\n"


class Metadata(NamedTuple):
    """The name and the version of a package, and the whole `text` of its core metadata, which has both too."""

    name: str
    version: str
    text: str


def write_wheel(
    folder: Path, metadata: Metadata, files: Mapping[str, Path], info: Optional[Mapping[str, bytes]] = None
) -> Path:
    """
    Writes a wheel into the folder. The same content makes the same bytes.

    # Parameters

    folder : `Path`
    metadata : `Metadata`
    files : `Mapping[str, Path]`
        The files to install, by their paths in site-packages.
    info : `Mapping[str, bytes]`, optional (default = `None`)
        More contents of the folder `.dist-info`, such as `entry_points.txt`.
    """
    stem = f"{canonicalize_name(metadata.name).replace('-', '_')}-{metadata.version}"
    inside = {"METADATA": metadata.text.encode(), "WHEEL": _WHEEL.encode(), **(info or {})}
    inside = {f"{stem}.dist-info/{name}": content for name, content in inside.items()}
    wheel, record = folder / f"{stem}-py3-none-any.whl", f"{stem}.dist-info/RECORD"
    lines = []
    with zipfile.ZipFile(wheel, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in _contents(files, inside):
            _add(archive, name, content)
            digest = base64.urlsafe_b64encode(hashlib.sha256(content).digest()).decode().rstrip("=")
            lines.append(f"{_quoted(name)},sha256={digest},{len(content)}\n")
        _add(archive, record, "".join([*lines, f"{record},,\n"]).encode())
    return wheel


def _contents(files: Mapping[str, Path], inside: Dict[str, bytes]) -> Iterator[Tuple[str, bytes]]:
    for name in sorted(files):
        yield name, files[name].read_bytes()
    # Last, so that the metadata are found without reading the whole file.
    yield from sorted(inside.items())


def _add(archive: zipfile.ZipFile, name: str, content: bytes) -> None:
    entry = zipfile.ZipInfo(name)
    entry.external_attr = 0o100644 << 16
    entry.compress_type = zipfile.ZIP_DEFLATED
    archive.writestr(entry, content)


def _quoted(name: str) -> str:
    """A path as a cell of CSV."""
    return '"' + name.replace('"', '""') + '"' if "," in name or '"' in name else name
