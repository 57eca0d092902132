"""`allennlp skd-store`: says what is in a teacher's store, and whether all of it is sound."""

import argparse
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, Dict, List, Optional

from allennlp.commands.subcommand import Subcommand
from allennlp.common.checks import ConfigurationError

from skd_plugin.commands.plain_errors import with_plain_errors
from skd_plugin.commands.teacher_argument import TEACHER_HELP, teacher_model

if TYPE_CHECKING:
    from skd_plugin.distillation.teachers.contents import Contents


@Subcommand.register("skd-store")
class DescribeStore(Subcommand):
    """The command `skd-store` and its arguments."""

    def add_subparser(self, parser: argparse._SubParsersAction) -> argparse.ArgumentParser:
        description = """Say what is in the store of a teacher. The teacher is not needed. The exit status is 1 if
                         something is wrong with it."""
        subparser = parser.add_parser(self.name, description=description, help="Describe or check a teacher's store.")
        subparser.add_argument("store", type=Path, help="the folder of the store")
        subparser.add_argument(
            "--teacher", "--archive", metavar="TEACHER", help=f"find out whether this is the teacher: {TEACHER_HELP}"
        )
        subparser.add_argument("--verify", action="store_true", help="read every sentence and compare every checksum")
        subparser.add_argument("--json", action="store_true", help="print JSON")
        subparser.set_defaults(func=with_plain_errors(_run))
        return subparser


def summary(contents: "Contents") -> List[str]:
    """How much a store holds, in a few lines."""
    lines = [
        f"{contents.path}: {contents.sentences:,} sentences in {contents.shards:,} files, {contents.size / 1e6:,.1f} "
        f"MB in {contents.plan.precision}, {contents.per_sentence(contents.size):,.0f} bytes a sentence."
    ]
    loss = contents.plan.loss
    if loss:
        lines.append(
            f"KL(float32 ‖ {contents.plan.precision}) of a sentence: {loss['mean']:.2g} nats on average, "
            f"{loss['99th percentile']:.2g} at the 99th percentile of {loss['sentences']:.0f} sentences."
        )
    return lines


def _lines(contents: "Contents") -> List[str]:
    plan = contents.plan
    arguments = plan.arguments
    settings = "".join(f", {name} = {value}" for name, value in arguments.settings.items())
    lines = [
        *summary(contents),
        f"Teacher: {plan.teacher}",
        f"Distributions: {arguments.factorization}, {len(arguments.labels)} labels{settings}",
        "Bytes a sentence, by potential:",
    ]
    rest = contents.size - sum(contents.potentials.values())
    for name, size in {**contents.potentials, "keys, lengths, checksums": rest}.items():
        lines.append(f"  {name:24} {contents.per_sentence(size):12,.0f}")
    if plan.inputs:
        lines.append("Annotated from:")
        lines += [f"  {entry.path}: {entry.sentences:,} sentences, {entry.digest[:12]}" for entry in plan.inputs]
    return lines


def _as_json(contents: "Contents") -> Dict[str, Any]:
    plan = contents.plan
    return {
        "path": str(contents.path),
        "teacher": plan.teacher,
        **plan.arguments._asdict(),
        "precision": plan.precision,
        "loss": plan.loss,
        "sentences": contents.sentences,
        "shards": contents.shards,
        "bytes": contents.size,
        "bytes_by_potential": contents.potentials,
        "inputs": [entry._asdict() for entry in plan.inputs],
    }


def _run(arguments: argparse.Namespace) -> None:
    # Late, because every `allennlp` command imports this module.
    from skd_plugin.distillation.teachers.contents import contents_of
    from skd_plugin.distillation.teachers.store import Store

    store = Store.found_at(arguments.store)
    faults = _verify(store) if arguments.verify else []
    if arguments.teacher is not None:
        faults += _other_teacher(store.teacher, arguments.teacher)
    contents: Optional[Contents] = None
    try:
        store.open()
        contents = contents_of(store)
    except ConfigurationError as error:
        faults += [] if error.message in faults else [error.message]
    store.close()
    if arguments.json:
        shown = {} if contents is None else _as_json(contents)
        print(json.dumps({**shown, "verified": arguments.verify, "faults": faults}, indent=2, ensure_ascii=False))
    else:
        lines = [] if contents is None else _lines(contents)
        if arguments.teacher is not None and not faults:
            lines.append(f"{arguments.teacher} is this teacher.")
        if arguments.verify and not faults:
            lines.append("Every sentence was read, and every checksum is right.")
        print("\n".join([*lines, *(f"WRONG: {fault}" for fault in faults)]))
    if faults:
        sys.exit(1)


def _verify(store: Any) -> List[str]:
    from allennlp.common import Tqdm

    with Tqdm.tqdm(total=store.size, desc="reading", unit="B", unit_scale=True) as progress:
        faults: List[str] = store.faults(progress.update)
    return faults


def _other_teacher(fingerprint: str, teacher: str) -> List[str]:
    other = teacher_model(teacher).fingerprint()
    if other == fingerprint:
        return []
    return [
        f"The store holds what another teacher says (fingerprint {fingerprint[:12]}) than {teacher} ({other[:12]}). "
        "Find the teacher that it was made with, or make another store."
    ]
