"""What a store is: whose potentials it holds, of which class, with which labels, and how precise."""

import json
from pathlib import Path
from typing import Any, Dict, List, NamedTuple, Optional

import torch
from allennlp.common.checks import ConfigurationError

from skd_plugin.compat.whole_files import whole_file
from skd_plugin.distillation.teachers.precision import PRECISIONS
from skd_plugin.distillation.teachers.shard import Arguments

FILE_NAME = "plan.json"
FORMAT = "skd_plugin store 1"


class Input(NamedTuple):
    """
    A file whose sentences are to be in the store.

    # Parameters

    path : `str`
    sentences : `int`
        How many it has.
    digest : `str`
        A digest of the keys of its sentences, in their order.
    """

    path: str
    sentences: int
    digest: str


class Plan(NamedTuple):
    """
    The description of a store, which is the file `plan.json` in it.

    # Parameters

    teacher : `str`
        The teacher's fingerprint.
    arguments : `Arguments`
        What all its distributions have in common.
    precision : `str`, optional (default = `"float32"`)
        One of `PRECISIONS`.
    loss : `Dict[str, float]`, optional
        What half precision has cost some of the sentences: the Kullback–Leibler divergence, in nats, of what is stored
        from what the teacher said.
    inputs : `List[Input]`, optional
        What `allennlp skd-annotate` was given.
    folds : `List[str]`, optional
        The fingerprints of the teachers that `allennlp skd-cross-fit` has trained. Each has read the sentences that
        were held out from it, in the place of the teacher.
    """

    teacher: str
    arguments: Arguments
    precision: str = "float32"
    loss: Optional[Dict[str, float]] = None
    inputs: List[Input] = []
    folds: List[str] = []

    @property
    def dtype(self) -> torch.dtype:
        return PRECISIONS[self.precision]

    def write(self, folder: Path, writer: str) -> None:
        """Writes it whole; processes that may write at the same time have different names. Raises `OSError`."""
        content = {
            "format": FORMAT,
            **self._asdict(),
            "arguments": {**self.arguments._asdict(), "labels": list(self.arguments.labels)},
            "inputs": [entry._asdict() for entry in self.inputs],
        }
        with whole_file(folder / FILE_NAME, writer) as unfinished:
            Path(unfinished).write_text(json.dumps(content, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


def read_plan(folder: Path) -> Optional[Plan]:
    """The plan in a folder; None if there is none. Raises `ConfigurationError` if it is not understood."""
    path = folder / FILE_NAME
    try:
        content: Dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        version = content.pop("format")
        if version == FORMAT:
            arguments = Arguments(**content.pop("arguments"))
            if content["precision"] not in PRECISIONS:
                raise ValueError(f"the precision {content['precision']!r}, expected one of {', '.join(PRECISIONS)}")
            return Plan(
                **{**content, "inputs": [Input(**entry) for entry in content["inputs"]]},
                arguments=arguments._replace(labels=tuple(arguments.labels)),
            )
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        raise ConfigurationError(
            f"{path} cannot be read ({error}). Make it readable, or name another store."
        ) from error
    except (ValueError, TypeError, KeyError) as error:
        raise ConfigurationError(
            f"{path} is not the plan of a store ({type(error).__name__}: {error}). Delete it: it is written again "
            "from the shards beside it. If there are none, name another folder."
        ) from error
    raise ConfigurationError(
        f"{path} has the format {version!r}, and this version of skd_plugin reads {FORMAT!r}. Install the version of "
        "skd_plugin that wrote it, or name another folder as this teacher's `store`."
    )
