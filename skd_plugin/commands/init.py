"""`allennlp skd-init`: writes a project to distil a model in, with a README of its steps."""

import argparse
from pathlib import Path

from allennlp.commands.subcommand import Subcommand

from skd_plugin.commands.plain_errors import with_plain_errors
from skd_plugin.projects import TASKS, Project


@Subcommand.register("skd-init")
class Init(Subcommand):
    """The command `skd-init` and its arguments."""

    def add_subparser(self, parser: argparse._SubParsersAction) -> argparse.ArgumentParser:
        description = """Write a project into a new folder: the configurations of a teacher, of a student, and of the
                         student distilled from the teacher, and a README of the steps."""
        subparser = parser.add_parser(
            self.name,
            description=description,
            help="Write a project to distil a model in.",
            # The folder comes first, because all that follows `--teacher` could belong to it.
            usage=f"%(prog)s folder --task {'|'.join(TASKS)} [--teacher bilstm | --teacher transformer NAME]\n"
            "    [--train FILE] [--dev FILE] [--text FILE] [--force]",
        )
        subparser.add_argument("folder", type=Path, help="the folder to write")
        subparser.add_argument(
            "--task", choices=TASKS, required=True, help="entities, parts of speech, or dependency trees"
        )
        subparser.add_argument(
            "--teacher",
            nargs="+",
            default=["bilstm"],
            metavar=("bilstm|transformer", "NAME"),
            help="bilstm, or transformer and its folder or its name on the hub",
        )
        subparser.add_argument("--train", metavar="FILE", help="labelled sentences, in columns or CoNLL-U")
        subparser.add_argument("--dev", metavar="FILE", help="other labelled sentences, in the same format")
        subparser.add_argument("--text", metavar="FILE", help="text without labels, one sentence per line")
        subparser.add_argument("--force", action="store_true", help="write into a folder that has files")
        subparser.set_defaults(func=with_plain_errors(_run))
        return subparser


def _run(arguments: argparse.Namespace) -> None:
    project = Project(
        arguments.folder, arguments.task, arguments.teacher, arguments.train, arguments.dev, arguments.text
    )
    names = project.write(arguments.force)
    print(f"Wrote {project.folder}: {', '.join(names)}.")
    options = ", ".join(f"{name} {value!r}" for name, value in project.reader.items() if name != "type")
    print(f"The data is read by {project.reader['type']}{f', with {options}' if options else ''}.")
    if project.transformer is not None:
        print(f"The teacher stands on the transformer {project.transformer_path}.")
    if project.to_come:
        print(f"Still to come, in that folder: {', '.join(project.to_come)}.")
    print(f"Go on in the folder, by its README: cd {project.folder}")
