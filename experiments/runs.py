"""A run: a system of a task with a seed, its settings as `system.jsonnet` reads them, and its folder."""

import json
import os
import statistics
from pathlib import Path
from typing import Any, Dict, List, NamedTuple, Optional, Sequence, Tuple

from experiments.corpora import RUNS, corpus, sentence_count
from experiments.foreign import Foreign
from experiments.systems import FORMS, System
from experiments.tasks import Task

VECTORS = {
    "transformer": ("vectors.safetensors", "TRANSFORMER"),
    "transformer_128": ("vectors_128.safetensors", "TRANSFORMER --dim 128"),
}
"""The files of the transformer's static vectors, and what `allennlp skd-vectors` makes them from."""


class Run(NamedTuple):
    """A system with a seed. The names of teachers begin with `teachers/`."""

    task: Task
    name: str
    seed: int

    @property
    def system(self) -> System:
        folder, _, name = self.name.rpartition("/")
        return (self.task.teachers if folder else self.task.students)[name]

    @property
    def folder(self) -> Path:
        return RUNS / self.task.corpus / self.task.kind / f"{self.name}_{self.seed}"

    @property
    def is_finished(self) -> bool:
        # The scores of other libraries' models are written at the end, ours before the archive.
        has_model = bool(self.system.trainer) or is_archived(self.folder)
        return has_model and (self.folder / "metrics.json").exists()

    @property
    def metrics(self) -> Optional[Dict[str, Any]]:
        """The scores of a finished run."""
        return json.loads((self.folder / "metrics.json").read_text()) if self.is_finished else None

    def beside(self, ending: str) -> Path:
        """A file beside the folder: its `.json` are the settings, `.log` and `.cpu` what it has printed and taken."""
        return Path(f"{self.folder}{ending}")

    @property
    def settings(self) -> Dict[str, Any]:
        """All that the run depends on, apart from the data and the code."""
        system, files = self.system, corpus(self.task.corpus)
        text = [files / f"{name}.txt" for name in system.text]
        labelled = files / f"labelled.{self.task.ending}"
        model = FORMS.get(system.form, {})
        encoding = {"encoding": model["encoding"]} if "encoding" in model else {}
        return {
            "component": system.form.removeprefix("spacy_") if system.is_spacy else None,
            "reader": {**self.task.reader, **encoding},
            "train_data_path": {"labelled": str(labelled), **({"unlabelled": [*map(str, text)]} if text else {})},
            "test_data_path": str(files / f"dev.{self.task.ending}"),
            "model": model,
            "hidden": system.hidden,
            "layers": system.layers,
            "dropout": system.dropout,
            "vectors": str(self._vectors[0]) if system.vectors else None,
            "transformer": os.environ.get("TRANSFORMER") if system.pretrained else None,
            "batch_size": system.batch_size,
            "epochs": system.epochs or _epochs(system, [labelled, *text]),
            "optimizer": system.optimizer,
            "seed": self.seed,
            "arc_labels": str(self.best_structures / "arc_labels") if encoding and text else None,
            "best_structures": str(self.best_structures) if system.is_spacy and text else None,
            "distiller": self._distiller if system.teachers else None,
        }

    @property
    def _distiller(self) -> Dict[str, Any]:
        system = self.system
        # Labels of words cannot write all that a parser says, nor has a part of a corpus all its rare relations. Other
        # libraries may have labels of their own, such as spaCy's for relations that are too rare to be learned.
        may_lack_labels = (
            system.form == "tagging" or self.task.teachers_corpus or any(map(self._foreign, system.teachers))
        )
        return {
            "teachers": [
                {**self._teacher(name, path), "store": f"{path}.store"}
                for name, path in zip(system.teachers, self.teachers)
            ],
            "objective": system.objective,
            "interpolation": system.interpolation,
            "temperature": system.temperature,
            "label_policy": "renormalize" if may_lack_labels else "error",
        }

    @property
    def teachers(self) -> List[Path]:
        """The folders of their runs."""
        return [*map(self._folder_of_teacher, self.system.teachers)]

    def _folder_of_teacher(self, name: str) -> Path:
        folder = RUNS / (self.task.teachers_corpus or self.task.corpus) / self.task.kind
        return folder / ("" if self._foreign(name) else "teachers") / name

    @property
    def _vectors(self) -> Tuple[Path, str]:
        """The file of static vectors, and what `allennlp skd-vectors` makes it from."""
        if self.system.vectors in VECTORS:
            file, source = VECTORS[self.system.vectors]
            return RUNS / file, source
        teacher = self._folder_of_teacher(self.system.vectors)
        return Path(f"{teacher}.vectors.safetensors"), f"{teacher}/model.tar.gz --outputs"

    def _foreign(self, teacher: str) -> Optional[Foreign]:
        """What is known of a teacher, such as `spacy_1`, that another library has trained."""
        return self.task.foreign.get(teacher.rpartition("_")[0])

    def _teacher(self, name: str, folder: Path) -> Dict[str, Any]:
        foreign = self._foreign(name)
        return foreign.teacher(folder) if foreign else {"archive": f"{folder}/model.tar.gz"}

    @property
    def best_structures(self) -> Path:
        """The folder for the first teacher's best structures of the text."""
        return Path(f"{self.teachers[0]}.{'+'.join(self.system.text)}")

    def missing(self) -> List[str]:
        """What has to be made before, and how."""
        system, found = self.system, []
        if system.vectors:
            file, source = self._vectors
            if not file.exists():
                found.append(f"{file}: allennlp skd-vectors {source} --output {file}")
        if system.pretrained and "TRANSFORMER" not in os.environ:
            found.append("the environment variable TRANSFORMER: the folder of the transformer, or its name on the hub")
        if not (corpus(self.task.corpus) / f"labelled.{self.task.ending}").exists():
            found.append(f"{corpus(self.task.corpus)}: python -m experiments.corpora")
        for name, path in zip(system.teachers, self.teachers):
            foreign = self._foreign(name)
            is_there = (path / foreign.model).exists() if foreign else is_archived(path)
            if not is_there:
                found.append(f"{path}: the table `{foreign.table if foreign else 'teachers'}`, with this seed")
        return found


def is_archived(folder: Path) -> bool:
    return (folder / "model.tar.gz").exists()


def _epochs(system: System, files: Sequence[Path]) -> int:
    """The number of epochs whose steps are nearest to those of the system."""
    if not system.steps:
        return 0
    return max(1, round(system.steps * system.batch_size / sum(map(sentence_count, files))))


def spread(values: Sequence[float], digits: int = 1) -> str:
    """Mean ± standard deviation."""
    if not values:
        return "–"
    deviation = f" ± {statistics.stdev(values):.{digits}f}" if len(values) > 1 else ""
    return f"{statistics.mean(values):.{digits}f}{deviation}"
