"""What a command says of wrong input: the message alone, without the way through the code."""

import argparse
import os
from functools import wraps
from typing import Callable

from allennlp.common.checks import ConfigurationError

Command = Callable[[argparse.Namespace], None]


def with_plain_errors(run: Command) -> Command:
    """The command, which ends with the message of a `ConfigurationError`. With ALLENNLP_DEBUG set it is raised."""

    @wraps(run)
    def plain(arguments: argparse.Namespace) -> None:
        try:
            run(arguments)
        except ConfigurationError as error:
            if os.environ.get("ALLENNLP_DEBUG"):
                raise
            raise SystemExit(str(error)) from error

    return plain
