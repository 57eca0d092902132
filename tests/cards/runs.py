"""The folder of a run as `allennlp train` leaves it, without its weights: for what reads no more than its texts."""

import json
import tarfile
from pathlib import Path
from typing import Any, Dict

DISTILLER = {
    "type": "skd_distiller",
    "teachers": [{"archive": "/home/anna/runs/large/model.tar.gz", "weight": 2}, {"archive": "other.tar.gz"}],
    "objective": {"type": "top_k", "k": 5},
    "interpolation": 0.5,
    "temperature": {"type": "linear", "start": 4, "end": 1},
}
CONFIG: Dict[str, Any] = {
    "dataset_reader": {"type": "skd_conll_ner"},
    "train_data_path": {"labelled": ["/home/anna/b.conll", "/home/anna/a.conll"], "unlabelled": "/home/anna/more.txt"},
    "validation_data_path": "/home/anna/a.conll",
    "model": {"type": "skd_crf_tagger"},
    "trainer": {"num_epochs": 1, "callbacks": ["skd_resume", DISTILLER]},
}
METRICS = {
    "best_epoch": 3,
    "training_loss": 0.25,
    "best_validation_loss": 0.5,
    "best_validation_accuracy": 0.95,
    "best_validation_precision-overall": 0.75,
    "best_validation_recall-overall": 0.5,
    "best_validation_f1-measure-overall": 0.6,
    "best_validation_precision-PER": 1.0,
    "best_validation_recall-PER": 0.25,
    "best_validation_f1-measure-PER": 0.4,
    "best_validation_UAS": 0.9,
    "best_validation_LAS": 0.88,
    "best_validation_LAS_subtypes": 0.85,
}
FACTS = {
    "kind": "entities",
    "labels": ["PER", "LOC"],
    "parameters": 1234567,
    "bytes": 4938268,
    "sentences": {"training": 12487, "without labels": 9430, "validation": 2001},
    "steps": 3000,
    "versions": {"skd_plugin": "0.2.0"},
    "options": {},
}
RECORDED = [{"name": "large", "fingerprint": "abc"}, {"name": "other.tar.gz", "fingerprint": "def"}]


def write_run(run: Path) -> Path:
    """The folder, with an archive in it, as version 0.1.0 writes them."""
    run.mkdir(parents=True)
    write(run / "metrics.json", METRICS)
    write(run / "teachers.json", RECORDED)
    write_archive(run, CONFIG)
    return run


def write_recorded_run(run: Path) -> Path:
    """The same run, of this version: it has recorded what only the training knows, and its archive has it too."""
    write_run(run)
    write(run / "training.json", FACTS)
    write_archive(run, CONFIG, "metrics.json", "teachers.json", "training.json")
    return run


def write(path: Path, content: Any) -> None:
    path.write_text(json.dumps(content), encoding="utf-8")


def write_archive(run: Path, config: Dict[str, Any], *others: str) -> None:
    """The archive with this config, and with other files of the run."""
    write(run / "config.json", config)
    (run / "weights.th").touch()
    with tarfile.open(run / "model.tar.gz", "w:gz") as archive:
        for name in ("config.json", "weights.th", *others):
            archive.add(run / name, name)
