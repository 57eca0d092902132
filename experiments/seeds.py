"""Trains the systems of an experiment with several seeds, and prints the mean and the spread of their scores."""

import argparse
import json
import statistics
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Dict, NamedTuple, Sequence


class Experiment(NamedTuple):
    """
    configs : the folder of the systems' configurations
    runs : where their runs go
    systems : the configurations' names
    scores : the title of each column, and the name of its metric in metrics.json
    """

    configs: Path
    runs: Path
    systems: Sequence[str]
    scores: Dict[str, str]

    def train(self, system: str, seed: int) -> None:
        """`allennlp train` in a process of its own; what is there already is kept."""
        folder = self.runs / f"{system}_{seed}"
        if (folder / "metrics.json").exists():
            return
        seeds = {"random_seed": seed, "numpy_seed": seed, "pytorch_seed": seed}
        config = self.configs / f"{system}.jsonnet"
        command = ["allennlp", "train", config, "-s", folder, "-f", "-o", json.dumps(seeds)]
        folder.parent.mkdir(parents=True, exist_ok=True)
        with folder.with_suffix(".log").open("w") as log:
            subprocess.run(
                [Path(sys.executable).with_name(command[0]), *command[1:]], stdout=log, stderr=log, check=True
            )

    def row(self, system: str, seeds: Sequence[int]) -> str:
        """Scores in percent: mean ± standard deviation."""
        runs = [json.loads((self.runs / f"{system}_{seed}" / "metrics.json").read_text()) for seed in seeds]
        cells = [_spread([100 * run[metric] for run in runs]) for metric in self.scores.values()]
        return " | ".join([system, *cells, runs[0]["training_duration"].split(".")[0]])


def main(experiment: Experiment, description: str) -> None:
    arguments = _arguments(experiment, description)
    runs = [(system, seed) for seed in arguments.seeds for system in arguments.systems]
    with ThreadPoolExecutor(arguments.jobs) as pool:
        list(pool.map(lambda run: experiment.train(*run), runs))
    print(" | ".join(["system", *experiment.scores, "training"]))
    for system in arguments.systems:
        print(experiment.row(system, arguments.seeds))


def _arguments(experiment: Experiment, description: str) -> Any:
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--systems", nargs="+", default=experiment.systems, choices=experiment.systems)
    parser.add_argument("--seeds", nargs="+", type=int, default=[1, 2, 3])
    parser.add_argument("--jobs", type=int, default=2, help="processes at once; give each one core")
    return parser.parse_args()


def _spread(values: Sequence[float]) -> str:
    return f"{statistics.mean(values):.1f} ± {statistics.stdev(values) if len(values) > 1 else 0:.1f}"
