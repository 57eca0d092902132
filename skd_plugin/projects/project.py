"""The files of a project, written into a folder of their own."""

import json
import os
import re
import shlex
from importlib.metadata import version
from importlib.resources import files
from pathlib import Path
from string import Template
from typing import Any, Dict, List, Optional

from allennlp.common.checks import ConfigurationError

from skd_plugin.data.readers.formats import COLUMNS
from skd_plugin.projects.recognition import own_format_of, reader_of, unlabelled_format_of
from skd_plugin.projects.tasks import TASKS
from skd_plugin.projects.teachers import transformer_of

_FILES = files(__package__) / "files"
_LIBRARY = ("word_features", "bilstm", "fewer_epochs")
_VECTORS = "vectors.safetensors"
_WITH_VECTORS = """\
    allennlp skd-vectors {transformer} --output {file}
    allennlp train student.jsonnet -s runs/student

The first command makes a vector for every word from the transformer's own table. They make the
student much better and no slower, and travel in its archive."""
_WITHOUT_VECTORS = """\
    allennlp train student.jsonnet -s runs/student

Static vectors of words make the student much better and no slower. `allennlp skd-vectors` makes a
file of them from a transformer, or from GloVe, word2vec or fastText; `student.jsonnet` names it."""
_OTHER_FORMATS = """\
If yours have another format, run `allennlp skd-init` once more, with `--train`, `--dev`, `--text`
and `--force`. It finds out how they are read."""


class Project:
    """
    The configurations of a teacher, a student, and the student distilled from the teacher, and a README of the steps.

    The project has copies of all that its configurations import. So a later version of this package does not change
    what they say, and any program that knows Jsonnet reads them.

    # Parameters

    folder : `Path`
        Where the project will be. Paths in its files are relative to it, except those that are given as absolute.
    task : `str`
        One of `TASKS`.
    teacher : `List[str]`, optional (default = `["bilstm"]`)
        Or `["transformer", NAME]`, with a folder or a name on the hub.
    train, dev : `str`, optional (default = `None`)
        Files of labelled sentences, recognized by their content. Without them the project names files that are to come.
    text : `str`, optional (default = `None`)
        A file of sentences without labels.

    Raises `ConfigurationError` if a file is missing or is not what the task needs. Nothing has been written then.
    """

    def __init__(
        self,
        folder: Path,
        task: str,
        teacher: Optional[List[str]] = None,
        train: Optional[str] = None,
        dev: Optional[str] = None,
        text: Optional[str] = None,
    ) -> None:
        self.folder = folder
        self.task = TASKS[task]
        self.transformer = transformer_of(teacher or ["bilstm"])
        self.reader = {**reader_of(task, [path for path in (train, dev) if path is not None])}
        """The reader of the labelled sentences, and its options, as they have been found out."""
        unlabelled_format = None if text is None else unlabelled_format_of(text, self.reader)
        if unlabelled_format is not None:
            self.reader["unlabelled_format"] = unlabelled_format
        self.to_come: List[str] = []
        """The files that the project names and that are not there yet."""
        ending = "conll" if self._format == COLUMNS else "conllu"
        self._train = self._path(train, f"data/train.{ending}")
        self._dev = self._path(dev, f"data/dev.{ending}")
        self._text = self._path(text, "data/unlabelled.txt")

    def write(self, force: bool = False) -> List[str]:
        """
        Writes the files, and returns their names.

        Raises `ConfigurationError` if the folder is a file, or has files and `force` is false. With `force`, files of
        the same names are replaced, and all others stay.
        """
        self._check_folder(force)
        contents = self._contents()
        for name, content in contents.items():
            path = self.folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(content, encoding="utf-8")
        if self.to_come:
            (self.folder / "data").mkdir(exist_ok=True)
        return list(contents)

    @property
    def _format(self) -> str:
        return own_format_of(self.reader)

    def _check_folder(self, force: bool) -> None:
        if self.folder.exists() and not self.folder.is_dir():
            raise ConfigurationError(f"{self.folder} is a file, expected a new folder. Name another one.")
        if self.folder.exists() and any(self.folder.iterdir()) and not force:
            raise ConfigurationError(
                f"The folder {self.folder} is not empty. Name another one, or write the files of the project into it "
                "with --force; files of the same names are replaced, and all others stay."
            )

    def _contents(self) -> Dict[str, str]:
        """The files by their names, in the order in which a user reads them."""
        recipe = _FILES / self.task.recipe
        teacher = "bilstm_teacher" if self.transformer is None else "transformer_teacher"
        library = [*_LIBRARY, self.task.recipe, *([] if self.transformer is None else ["transformer"])]
        return {
            "README.md": self._readme(),
            "data.libsonnet": self._filled((_FILES / "data.libsonnet").read_text("utf-8")),
            "teacher.jsonnet": self._filled((recipe / f"{teacher}.jsonnet").read_text("utf-8")),
            "student.jsonnet": self._filled((recipe / "student.jsonnet").read_text("utf-8")),
            "distilled_student.jsonnet": (_FILES / "distilled_student.jsonnet").read_text("utf-8"),
            **{f"lib/{name}.libsonnet": (_FILES / "lib" / f"{name}.libsonnet").read_text("utf-8") for name in library},
        }

    def _filled(self, config: str) -> str:
        """The configuration with what the project knows in place of strings in capitals."""
        known = {
            "READER": _object({**self.reader, "on_unknown_label": "accept"}),
            "TRAIN": _string(self._train),
            "DEV": _string(self._dev),
            "TEXT": _string(self._text),
            "METRIC": _string(f"+{self.task.metric}"),
            "TRANSFORMER": _string(self.transformer_path or ""),
            "VECTORS": "null" if self.transformer is None else _string(_VECTORS),
        }
        return re.sub(f"'({'|'.join(known)})'", lambda match: known[match[1]], config)

    @property
    def transformer_path(self) -> Optional[str]:
        """The name of the transformer on the hub, or its folder as the project names it."""
        if self.transformer is None or not os.path.isdir(self.transformer):
            return self.transformer
        return self._relative(self.transformer)

    def _readme(self) -> str:
        return Template((_FILES / "README.md").read_text("utf-8")).substitute(
            title=self.folder.resolve().name,
            model=self.task.model,
            version=version("skd_plugin"),
            data=self._data(),
            student=self._student(),
            dev=shlex.quote(self._dev),
        )

    def _data(self) -> str:
        if not self.to_come:
            return f"`data.libsonnet` names your files. They are read by `{self.reader['type']}`."
        what = {
            self._train: f"sentences with labels, in {self._format}, for training",
            self._dev: f"other sentences with labels, in {self._format}, for choosing the best epoch",
            self._text: "text without labels: one sentence per line, with spaces between the words",
        }
        rows = "\n".join(f"- `{path}`: {what[path]}." for path in self.to_come)
        return f"Put these files in place, or name others in `data.libsonnet`:\n\n{rows}\n\n{_OTHER_FORMATS}"

    def _student(self) -> str:
        """The commands that train the student alone."""
        if self.transformer_path is None:
            return _WITHOUT_VECTORS
        return _WITH_VECTORS.format(transformer=shlex.quote(self.transformer_path), file=_VECTORS)

    def _path(self, given: Optional[str], otherwise: str) -> str:
        if given is None:
            self.to_come.append(otherwise)
            return otherwise
        return self._relative(given)

    def _relative(self, path: str) -> str:
        """A path as it is seen from the project's folder, unless it is absolute or a URL."""
        path = os.path.expanduser(path)
        if os.path.isabs(path) or "://" in path:
            return path
        place = os.path.join(os.path.realpath(os.path.dirname(path)), os.path.basename(path))
        return Path(os.path.relpath(place, os.path.realpath(self.folder))).as_posix()


def _object(options: Dict[str, Any]) -> str:
    pairs = (f"{name}: {_string(value) if isinstance(value, str) else value}" for name, value in options.items())
    return f"{{ {', '.join(pairs)} }}"


def _string(value: str) -> str:
    """The string in Jsonnet, which also reads JSON."""
    return f"'{value}'" if value.isprintable() and not set(value) & {"'", "\\"} else json.dumps(value)
