"""An archive in memory that tests change as an attacker would, and pack again."""

import io
import json
import tarfile
from pathlib import Path
from typing import Any, Dict, List, NamedTuple

EXECUTED = "executed"


class Archive(NamedTuple):
    """The files of an archive, and the folder that it is packed into."""

    files: Dict[str, bytes]
    folder: Path

    @classmethod
    def of(cls, path: Path, folder: Path) -> "Archive":
        with tarfile.open(path) as archive:
            members = [member for member in archive if member.isfile()]
            return cls({member.name: archive.extractfile(member).read() for member in members}, folder)

    def put(self, place: str, value: Any) -> None:
        """Sets the value at a path in the config, such as `model.encoder`. Numbers are list indices."""
        config = json.loads(self.files["config.json"])
        *parents, last = place.split(".")
        section = config
        for name in parents:
            section = section[int(name)] if isinstance(section, list) else section.setdefault(name, {})
        section[last] = value
        self.files["config.json"] = json.dumps(config).encode()

    def packed(self, *more: tarfile.TarInfo) -> Path:
        path = self.folder / "tampered.tar.gz"
        with tarfile.open(path, "w:gz") as archive:
            for name, content in self.files.items():
                add(archive, tarfile.TarInfo(name), content)
            for member in more:
                add(archive, member, b"written")
        return path

    @property
    def marker(self) -> Path:
        """The file that a successful attack creates."""
        return self.folder / EXECUTED

    def command(self) -> List[str]:
        return ["touch", str(self.marker)]

    def call(self, kind: str = "subprocess.check_call") -> Dict[str, Any]:
        """A section that AllenNLP would turn into a call of this command."""
        return {"type": kind, "args": self.command()}


def add(archive: tarfile.TarFile, member: tarfile.TarInfo, content: bytes) -> None:
    member.size = len(content) if member.isreg() else 0
    archive.addfile(member, io.BytesIO(content))


def member(name: str, kind: bytes = tarfile.REGTYPE, target: str = "") -> tarfile.TarInfo:
    info = tarfile.TarInfo(name)
    info.type, info.linkname = kind, target
    return info
