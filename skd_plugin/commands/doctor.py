"""`allennlp skd-doctor`: looks at the environment, and at what a config would train, before it is trained."""

import argparse
import json
import sys
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Iterator, List

from allennlp.commands.subcommand import Subcommand
from allennlp.common import Tqdm
from allennlp.common.checks import ConfigurationError

from skd_plugin.commands.plain_errors import with_plain_errors

if TYPE_CHECKING:
    from skd_plugin.doctor import Section


@Subcommand.register("skd-doctor")
class Doctor(Subcommand):
    """The command `skd-doctor` and its arguments."""

    def add_subparser(self, parser: argparse._SubParsersAction) -> argparse.ArgumentParser:
        description = """Look at the environment and, with a config, at what it would train: the data, the model, the
                         teachers, and how long they take. Nothing is trained, and nothing is written but compiled
                         kernels, downloads and the file of --json. The exit status is 1 if something stops the
                         training."""
        subparser = parser.add_parser(self.name, description=description, help="Look for problems before training.")
        subparser.add_argument("config", nargs="?", help="the config that `allennlp train` is going to be given")
        subparser.add_argument(
            "-o", "--overrides", default="", help="a JSON structure that overrides the config, as for `train`"
        )
        subparser.add_argument("--json", type=Path, metavar="FILE", help="write the findings into this file, too")
        subparser.set_defaults(func=with_plain_errors(_run))
        return subparser


def _run(arguments: argparse.Namespace) -> None:
    if arguments.overrides and arguments.config is None:
        raise ConfigurationError("--overrides change a config, and there is none. Name one, or leave them out.")
    if arguments.json is not None and not arguments.json.absolute().parent.is_dir():
        raise ConfigurationError(f"There is no folder for --json {arguments.json}. Make it, or name another file.")
    # Late, because every `allennlp` command imports this module.
    from skd_plugin.doctor import as_lines, examine, summary

    sections = []
    with _without_progress_bars():
        for section in examine(arguments.config, arguments.overrides):
            sections.append(section)
            print("\n".join(as_lines(section)), end="\n\n", flush=True)
    print(summary(sections))
    if arguments.json is not None:
        arguments.json.write_text(_as_json(sections), encoding="utf-8")
    if any(finding.level == "error" for section in sections for finding in section.findings):
        sys.exit(1)


@contextmanager
def _without_progress_bars() -> Iterator[None]:
    """AllenNLP's would stand between the sections."""
    bar = Tqdm.tqdm
    Tqdm.tqdm = staticmethod(partial(bar, disable=True))  # type: ignore[method-assign]
    try:
        yield
    finally:
        Tqdm.tqdm = staticmethod(bar)  # type: ignore[method-assign]


def _as_json(sections: "List[Section]") -> str:
    findings = [{"section": section.title, **finding._asdict()} for section in sections for finding in section.findings]
    return json.dumps(findings, indent=2, ensure_ascii=False) + "\n"
