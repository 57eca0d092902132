"""
Kills `allennlp train` at random moments, resumes it with `-r`, and compares the results with a run that nobody killed.

    python -m experiments.crash_test --kills 30 --seed 1

Four systems take turns: a student that trains alone, one with a checkpoint after each batch, a distilled one, and a
distilled one whose teacher has a store. Each run is killed a few times, by SIGKILL to all its processes, and then ends.
Most kills come after a process has begun to write, because before there is nothing to break.

Weights must be the same bit for bit, and so must all metrics that are not about time or memory. Those of training are
left out where it may go on in the middle of an epoch. The command prints a row for each run, and fails if one differs.
"""

import argparse
import json
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import tarfile
import tempfile
import time
from pathlib import Path
from typing import Any, Dict, List, NamedTuple, Optional, Tuple

import torch

ROOT = Path(__file__).parent.parent
SYSTEMS = ("alone", "alone_by_batches", "distilled", "distilled_with_store")
KILLS_OF_A_RUN = 3
# The share of kills before anything is written, while AllenNLP is imported.
EARLY = 0.1
MACHINE = (r"_duration$", r"_MB$")
TRAINING = (r"^training_",)


class Crashes:
    """
    Runs that are killed and resumed.

    # Parameters

    folder : `Path`
        Where the runs go.
    seed : `int`
        Of the moments at which they are killed.
    epochs : `int`
        The number of epochs of each run.
    """

    def __init__(self, folder: Path, seed: int, epochs: int) -> None:
        self._folder = folder
        self._random = random.Random(seed)
        self._epochs = epochs
        self._teacher = folder / "teacher" / "model.tar.gz"
        self._lives: Dict[str, "Life"] = {}

    def prepare(self) -> None:
        """Trains the teacher, and each system without interruption."""
        write(self._folder / "teacher.json", config("skd_crf_tagger", self._epochs))
        train(self._folder / "teacher.json", self._teacher.parent)
        for system in SYSTEMS:
            write(self._folder / f"{system}.json", self._config(system, self._folder / f"{system}.store"))
            self._lives[system] = train(self._folder / f"{system}.json", self._folder / system)

    def run(self, number: int, system: str, kills: int) -> "Outcome":
        """A run that is killed up to this many times before it is left to end."""
        run = self._folder / f"{number}_{system}"
        write(run.with_suffix(".json"), self._config(system, run.with_suffix(".store")))
        moments: List[str] = []
        while len(moments) < kills:
            life = train(run.with_suffix(".json"), run, self._moment(system))
            if not life.killed:
                break
            moments.append(newest_checkpoint(run))
        else:
            train(run.with_suffix(".json"), run)
        left_out = MACHINE + (TRAINING if "batches" in system else ())
        return Outcome(system, moments, *same(run, self._folder / system, left_out))

    def _moment(self, system: str) -> "Moment":
        life = self._lives[system]
        early = self._random.random() < EARLY
        return Moment(early, self._random.uniform(0, life.start if early else life.rest))

    def _config(self, system: str, store: Path) -> Dict[str, Any]:
        settings = config("skd_maxent_tagger", self._epochs)
        if system == "alone_by_batches":
            settings["trainer"]["checkpointer"]["save_every_num_batches"] = 1
        elif system != "alone":
            teacher = {"archive": str(self._teacher)} | ({"store": str(store)} if "store" in system else {})
            settings["train_data_path"]["unlabelled"] = str(ROOT / "fixtures/unlabelled.txt")
            settings["trainer"]["callbacks"] = [{"type": "skd_distiller", "teachers": [teacher]}]
        return settings


class Moment(NamedTuple):
    """So many `seconds` after the start of the process if `early`, and otherwise after it has begun to write."""

    early: bool
    seconds: float


class Life(NamedTuple):
    """The seconds until a process began to write, and then until it had written all; and whether it was killed."""

    start: float
    rest: float
    killed: bool


class Outcome(NamedTuple):
    """What became of a run, with the newest checkpoint at each kill."""

    system: str
    moments: List[str]
    same_weights: bool
    same_metrics: bool


def config(model: str, epochs: int) -> Dict[str, Any]:
    """A tagger that trains for a few seconds. It has dropout and shuffled batches, and keeps one checkpoint."""
    return {
        "dataset_reader": {"type": "skd_conll_ner"},
        "train_data_path": {"labelled": str(ROOT / "fixtures/ner.conll")},
        "validation_data_path": str(ROOT / "fixtures/ner_dev.conll"),
        "model": {
            "type": model,
            "text_field_embedder": {"token_embedders": {"tokens": {"type": "embedding", "embedding_dim": 8}}},
            "encoder": {"type": "lstm", "input_size": 8, "hidden_size": 8, "bidirectional": True},
            "dropout": 0.3,
        },
        "data_loader": {"batch_sampler": {"type": "bucket", "batch_size": 4}},
        "trainer": {
            "num_epochs": epochs,
            "optimizer": {"type": "adam", "lr": 0.02},
            "validation_metric": "+f1-measure-overall",
            "cuda_device": -1,
            "checkpointer": {"keep_most_recent_by_count": 1},
        },
    }


def train(path: Path, run: Path, moment: Optional[Moment] = None) -> Life:
    """`allennlp train`, with `-r` if the run has begun. It is killed at the moment, unless it ends before."""
    allennlp = Path(sys.executable).with_name("allennlp")
    command = [str(part) for part in (allennlp, "train", path, "-s", run)] + (["-r"] if run.exists() else [])
    files = run / "config.json", run / "model.tar.gz"  # what a run writes first and last, also when it is resumed
    stamps, began = [stamp(file) for file in files], time.monotonic()
    times: List[Optional[float]] = [None, None]
    with run.with_suffix(".log").open("a") as log:
        process = subprocess.Popen(
            command,
            cwd=ROOT,
            env={**os.environ, "OMP_NUM_THREADS": "1"},
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
        while process.poll() is None:
            now = time.monotonic()
            for place, file in enumerate(files):
                if times[place] is None and stamp(file) != stamps[place]:
                    times[place] = now
            since = began if moment is not None and moment.early else times[0]
            if moment is not None and since is not None and now - since >= moment.seconds:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()
                return Life(0, 0, killed=True)
            time.sleep(0.002)
    if process.returncode:
        raise SystemExit(f"`allennlp train` has failed:\n{run.with_suffix('.log').read_text()[-3000:]}")
    first, last = (time.monotonic() if found is None else found for found in times)
    return Life(first - began, last - first, killed=False)


def stamp(file: Path) -> Optional[int]:
    """When a file was written; None if it is not there."""
    try:
        return file.stat().st_mtime_ns
    except FileNotFoundError:
        return None


def newest_checkpoint(run: Path) -> str:
    """Epoch and batch of the newest checkpoint, "done" after training, and "–" if there is none yet."""
    if (run / "metrics.json").exists():
        return "done"
    moments = [re.findall(r"\d+", path.stem) for path in run.glob("model_state_e*.th")]
    newest = max((tuple(map(int, moment)) for moment in moments), default=None)
    return "–" if newest is None else "e{}_b{}".format(*newest)


def same(ours: Path, theirs: Path, left_out: Tuple[str, ...] = MACHINE) -> List[bool]:
    """Whether two runs have the same weights, and the same metrics but for those whose names match a pattern."""
    one, other = weights(ours), weights(theirs)
    same_weights = one.keys() == other.keys() and all(torch.equal(value, other[name]) for name, value in one.items())
    return [same_weights, metrics(ours, left_out) == metrics(theirs, left_out)]


def weights(run: Path) -> Dict[str, torch.Tensor]:
    with tarfile.open(run / "model.tar.gz") as archive:
        file = archive.extractfile("weights.th")
        assert file is not None
        loaded: Dict[str, torch.Tensor] = torch.load(file, weights_only=True)
    return loaded


def metrics(run: Path, left_out: Tuple[str, ...]) -> Dict[str, Any]:
    found = json.loads((run / "metrics.json").read_text(encoding="utf-8"))
    return {name: value for name, value in found.items() if not any(re.search(pattern, name) for pattern in left_out)}


def write(path: Path, content: Dict[str, Any]) -> None:
    path.write_text(json.dumps(content, indent=2), encoding="utf-8")


def crash_test(folder: Path, kills: int, seed: int, epochs: int) -> bool:
    """Whether all runs have ended as if nobody had killed them."""
    crashes = Crashes(folder, seed, epochs)
    crashes.prepare()
    print("run | system | newest checkpoint at each kill | weights | metrics", flush=True)
    number, done, right = 0, 0, True
    while done < kills:
        outcome = crashes.run(number, SYSTEMS[number % len(SYSTEMS)], min(KILLS_OF_A_RUN, kills - done))
        verdicts = ["same" if held else "DIFFER" for held in (outcome.same_weights, outcome.same_metrics)]
        print(" | ".join([str(number), outcome.system, ", ".join(outcome.moments) or "none", *verdicts]), flush=True)
        number, done = number + 1, done + len(outcome.moments)
        right = right and outcome.same_weights and outcome.same_metrics
    print(f"{done} kills of {number} runs: {'all have ended the same' if right else 'NOT all have ended the same'}")
    return right


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=30)
    parser.add_argument("--seed", type=int, default=1, help="of the random moments")
    parser.add_argument("--epochs", type=int, default=30, help="the length of a run")
    parser.add_argument("--folder", type=Path, help="where the runs are kept (default: a temporary folder)")
    arguments = parser.parse_args()
    folder = arguments.folder or Path(tempfile.mkdtemp())
    folder.mkdir(parents=True, exist_ok=True)
    try:
        right = crash_test(folder.absolute(), arguments.kills, arguments.seed, arguments.epochs)
    finally:
        if arguments.folder is None:
            shutil.rmtree(folder)
    sys.exit(not right)


if __name__ == "__main__":
    main()
