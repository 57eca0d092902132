"""`allennlp skd-package`: makes wheels of a pipeline and of what it needs, to be installed elsewhere."""

import argparse
import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Optional

from allennlp.commands.subcommand import Subcommand
from allennlp.common.checks import ConfigurationError

from skd_plugin.commands.plain_errors import with_plain_errors

if TYPE_CHECKING:
    from skd_plugin.wheels.pipeline import Package


@Subcommand.register("skd-package")
class PackagePipeline(Subcommand):
    """The command `skd-package` and its arguments."""

    def add_subparser(self, parser: argparse._SubParsersAction) -> argparse.ArgumentParser:
        description = """Package a pipeline: a folder with its wheel, those of this plugin and of AllenNLP, and a guide.
                         One `pip install` then installs them all elsewhere."""
        subparser = parser.add_parser(self.name, description=description, help="Make wheels of a spaCy pipeline.")
        subparser.add_argument("pipeline", type=Path, help="the folder of a pipeline, as skd-export writes it")
        subparser.add_argument("out", type=Path, help="the folder to write")
        subparser.add_argument("--name", help="the package's name, after the language: en_NAME (default: meta.json's)")
        subparser.add_argument("--version", help="the package's version (default: meta.json's)")
        subparser.add_argument("--force", action="store_true", help="replace the package in the folder")
        subparser.set_defaults(func=with_plain_errors(_run))
        return subparser


def package(
    pipeline: Path, out: Path, name: Optional[str] = None, version: Optional[str] = None, force: bool = False
) -> "Package":
    """
    Writes the package to `out`, completely or not at all.

    Raises `ConfigurationError` if `out` exists and `force` is false or `out` is not a package, or if the pipeline, the
    name or the version does not suit a package.
    """
    # Late, because every `allennlp` command imports this module.
    from skd_plugin.wheels.pipeline import GUIDE, write_package

    _check_target(out, GUIDE, force)
    out.parent.mkdir(parents=True, exist_ok=True)
    # In the target's parent folder, so that it can be moved to the target in one step.
    with tempfile.TemporaryDirectory(dir=out.parent) as folder:
        (Path(folder) / "package").mkdir()
        written = write_package(pipeline, Path(folder) / "package", name, version)
        if out.exists():
            shutil.move(out, Path(folder) / "replaced")
        (Path(folder) / "package").rename(out)
    return written


def _check_target(out: Path, guide: str, force: bool) -> None:
    if not out.exists():
        return
    if not force:
        raise ConfigurationError(f"{out} exists already. Name another folder, or replace it with --force.")
    if not (out / guide).is_file():
        raise ConfigurationError(f"{out} is not a package, and --force replaces only packages. Name another folder.")


def _run(arguments: argparse.Namespace) -> None:
    written = package(arguments.pipeline, arguments.out, arguments.name, arguments.version, arguments.force)
    print(f"Wrote {arguments.out} with {written.name} {written.version}.")
    print(f"To install it anywhere: pip install --find-links {arguments.out} {written.name}")
