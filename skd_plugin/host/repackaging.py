"""
A build backend (PEP 517) that gives a released wheel other metadata: `pip` and `uv` call it in the folders beside it.

The metadata of AllenNLP's last release ask for torch < 1.13, so no resolver accepts it beside current packages. Here
the table `project` of a folder's `pyproject.toml` takes their place, and all else stays as it was released. The wheel
is fetched with `pip` and recognized by its hash, or taken from a folder: `--config-settings wheels=FOLDER`.
"""

import base64
import csv
import hashlib
import io
import subprocess
import sys
import tempfile
import tomllib
import zipfile
from pathlib import Path
from typing import Any, Dict, Iterator, List, Optional, Tuple

Settings = Optional[Dict[str, Any]]

NOTICE = """\
Modified by skd_plugin: the metadata of the wheel that the {author} released as
{release} were replaced. They name the packages with which it runs beside skd_plugin.
The code and the licence are unchanged.
"""
"""What the licence asks for (Apache-2.0, section 4b)."""

WHEEL = "Wheel-Version: 1.0\nGenerator: skd_plugin\nRoot-Is-Purelib: true\nTag: py3-none-any\n"


class Repackaging:
    """The wheel of a project, made from a released one; `folder` has the `pyproject.toml`."""

    def __init__(self, folder: Path) -> None:
        tables = tomllib.loads((folder / "pyproject.toml").read_text(encoding="utf-8"))
        self._project: Dict[str, Any] = tables["project"]
        self.release: str = tables["tool"]["repackaging"]["release"]
        self.sha256: str = tables["tool"]["repackaging"]["sha256"]
        stem = f"{self._project['name'].replace('-', '_')}-{self._project['version']}"
        self.wheel = f"{stem}-py3-none-any.whl"
        self.metadata_folder = f"{stem}.dist-info"

    def metadata_files(self) -> Dict[str, bytes]:
        """Those of the folder of metadata, without the list of files and the licence."""
        files = {"METADATA": self._metadata(), "WHEEL": WHEEL}
        if "scripts" in self._project:
            scripts = [f"{name} = {function}\n" for name, function in self._project["scripts"].items()]
            files["entry_points.txt"] = "".join(["[console_scripts]\n", *scripts])
        return {name: text.encode() for name, text in files.items()}

    def write(self, released: Path, target: Path) -> None:
        """Write the wheel with the files of the released one."""
        found = hashlib.sha256(released.read_bytes()).hexdigest()
        if found != self.sha256:
            raise SystemExit(f"{released} has the SHA-256 {found}, expected that of {self.release}: {self.sha256}.")
        record = io.StringIO()
        rows = csv.writer(record, lineterminator="\n")
        with zipfile.ZipFile(released) as source, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, content in self._files(source):
                archive.writestr(name, content)
                digest = base64.urlsafe_b64encode(hashlib.sha256(content).digest()).decode().rstrip("=")
                rows.writerow([name, f"sha256={digest}", len(content)])
            list_of_files = f"{self.metadata_folder}/RECORD"
            rows.writerow([list_of_files, "", ""])
            archive.writestr(list_of_files, record.getvalue())

    def _files(self, released: zipfile.ZipFile) -> Iterator[Tuple[str, bytes]]:
        for name in released.namelist():
            path = Path(name)
            if not path.parts[0].endswith(".dist-info"):
                yield name, released.read(name)
            elif path.name in self._project["license-files"]:
                yield f"{self.metadata_folder}/licenses/{path.name}", released.read(name)
        for name, content in self.metadata_files().items():
            yield f"{self.metadata_folder}/{name}", content

    def _metadata(self) -> str:
        project = self._project
        extras = project.get("optional-dependencies", {})
        author = project["authors"][0]["name"]
        fields = [
            ("Metadata-Version", "2.4"),
            ("Name", project["name"]),
            ("Version", project["version"]),
            ("Summary", project["description"]),
            ("Author", author),
            ("License-Expression", project["license"]),
            *(("License-File", name) for name in project["license-files"]),
            *(("Project-URL", f"{label}, {url}") for label, url in project["urls"].items()),
            ("Requires-Python", project["requires-python"]),
            *(("Requires-Dist", requirement) for requirement in project["dependencies"]),
            *(("Provides-Extra", extra) for extra in extras),
            *(("Requires-Dist", f'{text}; extra == "{extra}"') for extra, texts in extras.items() for text in texts),
            ("Description-Content-Type", "text/plain"),
        ]
        header = "".join(f"{name}: {value}\n" for name, value in fields)
        return f"{header}\n{NOTICE.format(release=self.release, author=author)}"


def get_requires_for_build_wheel(config_settings: Settings = None) -> List[str]:
    """What `build_wheel` needs: the environments of uv have no pip."""
    return [] if _wheels(config_settings) else ["pip"]


def prepare_metadata_for_build_wheel(metadata_directory: str, config_settings: Settings = None) -> str:
    """Write the metadata, for which nothing has to be fetched."""
    project = Repackaging(Path.cwd())
    folder = Path(metadata_directory, project.metadata_folder)
    folder.mkdir()
    for name, content in project.metadata_files().items():
        (folder / name).write_bytes(content)
    return project.metadata_folder


def build_wheel(
    wheel_directory: str, config_settings: Settings = None, metadata_directory: Optional[str] = None
) -> str:
    """Write the wheel; returns its name."""
    project = Repackaging(Path.cwd())
    with tempfile.TemporaryDirectory() as temporary:
        wheels = _wheels(config_settings) or _fetch(project, Path(temporary))
        released = wheels / project.release
        if not released.is_file():
            raise SystemExit(f"{released} is missing; it is a wheel that `pip download --no-deps` brings.")
        project.write(released, Path(wheel_directory, project.wheel))
    return project.wheel


def _wheels(config_settings: Settings) -> Optional[Path]:
    folder = (config_settings or {}).get("wheels")
    return Path(folder) if folder else None


def _fetch(project: Repackaging, folder: Path) -> Path:
    name, version = project.release.split("-")[:2]
    requirements = folder / "requirements.txt"
    requirements.write_text(f"{name}=={version} --hash=sha256:{project.sha256}\n")
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "download", "--quiet", "--no-deps"]
    if subprocess.call([*pip, "--only-binary", name, "--dest", str(folder), "--requirement", str(requirements)]):
        raise SystemExit(
            f"pip could not fetch {project.release}, for the reason above. Here it has no options of the command line, "
            "but its configuration, and variables such as PIP_INDEX_URL and PIP_FIND_LINKS. To take the wheel from a "
            "folder, give the folder's full path: --config-settings wheels=FOLDER"
        )
    return folder
