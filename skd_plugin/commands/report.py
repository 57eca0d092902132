"""`allennlp skd-report`: compares trained models on one file, as a page, as Markdown and as JSON."""

import argparse
import json
from pathlib import Path

from allennlp.commands.subcommand import Subcommand
from allennlp.common.checks import ConfigurationError

from skd_plugin.commands.plain_errors import with_plain_errors

RUN = "the folder of a run, its model.tar.gz, or NAME=RUN,RUN,… for several that are one system"
PAGE, MARKDOWN, NUMBERS = "report.html", "report.md", "report.json"
_FEWEST_DRAWS = 100


@Subcommand.register("skd-report")
class MakeReport(Subcommand):
    """The command `skd-report` and its arguments."""

    def add_subparser(self, parser: argparse._SubParsersAction) -> argparse.ArgumentParser:
        description = f"""Compare trained models on one file: quality with intervals and a test, agreement with the
                          teacher, calibration, speed, mistakes. Runs whose configs differ in seeds alone are one
                          system. Writes {PAGE}, {MARKDOWN} and {NUMBERS}."""
        subparser = parser.add_parser(self.name, description=description, help="Compare trained models on one file.")
        subparser.add_argument("runs", nargs="+", metavar="RUN", help=RUN)
        subparser.add_argument("--data", required=True, help="labelled sentences, in the format of the runs")
        subparser.add_argument("--baseline", nargs="+", default=[], metavar="RUN", help="the student without a teacher")
        subparser.add_argument("--teacher", nargs="+", default=[], metavar="RUN", help="the teacher")
        subparser.add_argument("--output", required=True, type=Path, metavar="DIR", help="the folder to write to")
        subparser.add_argument("--force", action="store_true", help="replace the report in the folder")
        subparser.add_argument(
            "--train", help="a labelled file whose words count as seen (default: what the baseline's config names)"
        )
        subparser.add_argument("--draws", type=int, default=2000, help="for intervals and tests (default: 2000)")
        subparser.add_argument("--seed", type=int, default=0, help="of the draws (default: 0)")
        subparser.add_argument("--no-speed", action="store_true", help="do not measure words per second")
        subparser.set_defaults(func=with_plain_errors(_run))
        return subparser


def _run(arguments: argparse.Namespace) -> None:
    _check(arguments)
    # Late, because every `allennlp` command imports this module.
    from allennlp.common.tqdm import Tqdm

    from skd_plugin.report import Options, answers, as_html, as_markdown, draw, find_systems, make_report

    systems = find_systems(arguments.runs, arguments.baseline, arguments.teacher)
    options = Options(arguments.draws, arguments.seed, not arguments.no_speed, arguments.train)
    with Tqdm.tqdm(desc="reading", unit=" sentences") as bar:
        report = make_report(systems, arguments.data, options, bar.update)
    texts = {
        PAGE: as_html(report, draw(report)),
        MARKDOWN: as_markdown(report),
        NUMBERS: json.dumps(report, indent=2, ensure_ascii=False) + "\n",
    }
    arguments.output.mkdir(parents=True, exist_ok=True)
    for name, text in texts.items():
        (arguments.output / name).write_text(text, encoding="utf-8")
    print("\n".join(answers(report)))
    for warning in report["warnings"]:
        print(f"! {warning['finding']}\n  {warning['remedy']}")
    print(f"Wrote {arguments.output / PAGE}, and {MARKDOWN} and {NUMBERS} beside it.")


def _check(arguments: argparse.Namespace) -> None:
    """Raises `ConfigurationError` for what can be seen without reading a model."""
    if arguments.draws < _FEWEST_DRAWS:
        raise ConfigurationError(
            f"--draws is {arguments.draws}, expected at least {_FEWEST_DRAWS}; 1,000 to 10,000 are usual."
        )
    if arguments.output.is_file():
        raise ConfigurationError(f"{arguments.output} is a file, expected a folder. Give --output another name.")
    if (arguments.output / PAGE).exists() and not arguments.force:
        raise ConfigurationError(
            f"{arguments.output} has a report already. Give --output another folder, or replace it with --force."
        )
