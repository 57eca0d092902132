"""`allennlp skd-annotate`: a teacher reads a large corpus once, on any number of processes, into its store."""

import argparse
import re
from pathlib import Path
from typing import TYPE_CHECKING, List, Tuple

from allennlp.commands.subcommand import Subcommand
from allennlp.common.checks import ConfigurationError

from skd_plugin.commands.plain_errors import with_plain_errors
from skd_plugin.commands.teacher_argument import TEACHER_HELP, teacher_model, with_store

if TYPE_CHECKING:
    from skd_plugin.distillation.annotation.annotate import Annotated

THRESHOLD = 0.0001
PRECISIONS = ("float32", "float16", "bfloat16")


@Subcommand.register("skd-annotate")
class Annotate(Subcommand):
    """The command `skd-annotate` and its arguments."""

    def add_subparser(self, parser: argparse._SubParsersAction) -> argparse.ArgumentParser:
        description = """Have a teacher read text, and keep what it says in a store, from which students are then
                         distilled. What is stored already is not read again: after an interruption, run the same
                         command again."""
        subparser = parser.add_parser(self.name, description=description, help="Have a teacher read a large corpus.")
        subparser.add_argument("teacher", help=TEACHER_HELP)
        subparser.add_argument(
            "text",
            nargs="*",
            help="files with a sentence per line (*.txt, *.txt.gz), or in the format of the teacher's reader",
        )
        subparser.add_argument("--store", type=Path, required=True, metavar="DIR", help="the folder of the store")
        subparser.add_argument(
            "--config", metavar="FILE", help="the config of a student, whose training and validation data are read too"
        )
        subparser.add_argument(
            "-o", "--overrides", default="", help="a JSON structure that overrides the config, as for `train`"
        )
        subparser.add_argument(
            "--shard-size", type=int, metavar="S", help="sentences in a file of the store (default: 4096)"
        )
        subparser.add_argument(
            "--dtype",
            choices=PRECISIONS,
            help="the precision of what is stored; half of it takes half the space (default: float32)",
        )
        subparser.add_argument("--workers", type=int, default=1, metavar="N", help="processes that read (default: 1)")
        subparser.add_argument(
            "--threads", type=int, default=1, metavar="N", help="threads of each of these processes (default: 1)"
        )
        subparser.add_argument(
            "--batch-size", type=int, default=64, metavar="N", help="sentences read at once, at most (default: 64)"
        )
        subparser.add_argument(
            "--cuda-device",
            type=int,
            nargs="+",
            default=[-1],
            metavar="GPU",
            help="GPUs, over which the workers are spread; -1 is the CPU (default: -1)",
        )
        subparser.add_argument(
            "--part",
            type=_job,
            default=(1, 1),
            metavar="I/N",
            help="read every N-th part only, from the I-th on, as one of N such commands; they may run at once",
        )
        subparser.add_argument(
            "--engine", choices=("local", "ray"), default="local", help="processes of this machine, or actors of Ray"
        )
        subparser.add_argument("--address", help="the address of a running cluster of Ray")
        subparser.add_argument(
            "--export",
            type=Path,
            metavar="FILE",
            help="also write what is stored of these sentences into a file that any program can read (*.jsonl, "
            "*.jsonl.gz)",
        )
        subparser.add_argument(
            "--threshold",
            type=float,
            metavar="P",
            help=f"probabilities that are left out of this file: those up to P (default: {THRESHOLD})",
        )
        subparser.add_argument(
            "--trusted-modules",
            nargs="+",
            default=[],
            metavar="MODULE",
            help="packages whose registered classes the archive may use, beside AllenNLP and this plugin",
        )
        subparser.set_defaults(func=with_plain_errors(_run))
        return subparser


def _job(text: str) -> Tuple[int, int]:
    match = re.fullmatch(r"(\d+)/(\d+)", text)
    if match is None or not 1 <= int(match[1]) <= int(match[2]):
        raise argparse.ArgumentTypeError(f"{text!r}, expected I/N with I from 1 to N, such as 1/8")
    return int(match[1]), int(match[2])


def _check(arguments: argparse.Namespace) -> None:
    if not arguments.text and arguments.config is None:
        raise ConfigurationError("There is nothing to read. Give files of text, or the config of a student: --config.")
    if arguments.overrides and arguments.config is None:
        raise ConfigurationError("--overrides change a config, and there is none. Give one as --config, or leave them.")
    if arguments.address is not None and arguments.engine != "ray":
        raise ConfigurationError("--address is that of a cluster of Ray. Give --engine ray, too, or leave it out.")
    for name in ("shard_size", "workers", "threads", "batch_size"):
        value = getattr(arguments, name)
        if value is not None and value < 1:
            raise ConfigurationError(f"--{name.replace('_', '-')} is {value}, expected a number of at least 1.")


def _check_export(arguments: argparse.Namespace) -> None:
    from skd_plugin.distillation.annotation.export import check_path
    from skd_plugin.distillation.teachers.models.soft_labels.writing import LARGEST_THRESHOLD

    if arguments.threshold is not None and arguments.export is None:
        raise ConfigurationError("--threshold is for the file that is exported. Give --export, too, or leave it out.")
    if arguments.threshold is not None and not 0 <= arguments.threshold <= LARGEST_THRESHOLD:
        raise ConfigurationError(
            f"--threshold is {arguments.threshold}, expected a probability from 0 to {LARGEST_THRESHOLD}."
        )
    if arguments.export is not None:
        check_path(arguments.export)


def _run(arguments: argparse.Namespace) -> None:
    _check(arguments)
    _check_export(arguments)
    # Late, because every `allennlp` command imports this module.
    from skd_plugin.distillation.annotation.annotate import Corpora, Workers, annotate
    from skd_plugin.distillation.teachers.reading import PART_SIZE

    annotated = annotate(
        teacher_model(arguments.teacher, arguments.trusted_modules),
        Corpora(arguments.text, arguments.config, arguments.overrides),
        arguments.store,
        part_size=arguments.shard_size or PART_SIZE,
        precision=arguments.dtype,
        workers=Workers(arguments.workers, arguments.engine, arguments.address, arguments.cuda_device, arguments.part),
        batch_size=arguments.batch_size,
        threads=arguments.threads,
    )
    print("\n".join(_account(annotated, arguments)))
    if arguments.export is not None:
        print("\n".join(_export(annotated, arguments)))
    annotated.store.close()


def _account(annotated: "Annotated", arguments: argparse.Namespace) -> List[str]:
    from skd_plugin.commands.store import summary
    from skd_plugin.distillation.teachers.contents import contents_of

    there = annotated.num_different - annotated.num_read - annotated.num_left
    lines = [
        f"Of {annotated.num_different:,} different sentences, {there:,} were stored before, and {annotated.num_read:,} "
        f"were read in {annotated.seconds:,.0f} s."
    ]
    if annotated.num_left:
        lines.append(f"{annotated.num_left:,} are left to other jobs, or to the same command, run again.")
    lines += summary(contents_of(annotated.store))
    lines.append(f"To learn from it: teachers: [{with_store(arguments.teacher, arguments.store)}]")
    return lines


def _export(annotated: "Annotated", arguments: argparse.Namespace) -> List[str]:
    from skd_plugin.distillation.annotation.export import export
    from skd_plugin.distillation.teachers.models.soft_labels.writing import what_is_lost

    path = arguments.export
    if annotated.num_left:
        return [f"{path} is written when all sentences are stored: then run the same command again."]
    threshold = THRESHOLD if arguments.threshold is None else arguments.threshold
    exported = export(annotated.store, annotated.corpus, path, threshold)
    lines = [f"{path}: {exported.sentences:,} sentences as soft labels."]
    if exported.left_out:
        lines.append(
            f"Probabilities up to {threshold:g} were left out (--threshold): together at most {exported.left_out:.2g} "
            "at a word."
        )
    lost = what_is_lost(exported.kind) if exported.kind else ""
    if lost:
        lines.append(lost)
    lines.append(f"To learn from it: teachers: [{{ type: 'soft_labels', file: '{path}' }}]")
    return lines
