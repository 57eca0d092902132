"""Puts the start-up file, through which AllenNLP can be imported, beside the package; all else: `pyproject.toml`."""

from pathlib import Path

from setuptools import setup
from setuptools.command.build_py import build_py

ROOT = Path(__file__).parent
STARTUP_FILE = "skd_plugin.pth"


class BuildWithStartupFile(build_py):
    """Also puts the start-up file beside the packages, in wheels and in editable installs alike."""

    def run(self) -> None:
        super().run()
        # An editable install takes nothing from build_lib, but everything in install_lib.
        target = self.get_finalized_command("install").install_lib if self.editable_mode else self.build_lib
        self.copy_file(str(ROOT / STARTUP_FILE), str(Path(target, STARTUP_FILE)))

    def get_source_files(self) -> list:
        return [*super().get_source_files(), STARTUP_FILE]


setup(cmdclass={"build_py": BuildWithStartupFile})
