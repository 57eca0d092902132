"""Trains the students of this folder with several seeds; prints mean and spread of F1 on the development set."""

import argparse
import json
import statistics
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Dict, List

HERE = Path(__file__).parent
RUNS = Path("runs/ewt_ner/students")
SYSTEMS = [
    "maxent_alone",
    "crf_alone",
    "maxent_top_1",
    "crf_top_1",
    "token_level",
    "case_2a",
    "case_3",
    "case_1a",
]


def train(system: str, seed: int) -> None:
    """`allennlp train` in a process of its own; what is there already is kept."""
    folder = RUNS / f"{system}_{seed}"
    if (folder / "metrics.json").exists():
        return
    seeds = {"random_seed": seed, "numpy_seed": seed, "pytorch_seed": seed}
    command = ["allennlp", "train", HERE / f"{system}.jsonnet", "-s", folder, "-f", "-o", json.dumps(seeds)]
    folder.parent.mkdir(parents=True, exist_ok=True)
    with folder.with_suffix(".log").open("w") as log:
        subprocess.run([Path(sys.executable).with_name(command[0]), *command[1:]], stdout=log, stderr=log, check=True)


def row(system: str, seeds: List[int]) -> str:
    """F1 after the last epoch, which nobody chose by looking at these sentences, and of the best epoch."""
    runs = [json.loads((RUNS / f"{system}_{seed}" / "metrics.json").read_text()) for seed in seeds]
    columns: Dict[str, List[float]] = {
        name: [100 * run[f"validation_{name}-overall"] for run in runs]
        for name in ("f1-measure", "precision", "recall")
    }
    columns["best"] = [100 * run["best_validation_f1-measure-overall"] for run in runs]
    cells = [f"{statistics.mean(values):.1f} ± {statistics.stdev(values):.1f}" for values in columns.values()]
    return " | ".join([system, *cells, runs[0]["training_duration"].split(".")[0]])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--systems", nargs="+", default=SYSTEMS, choices=SYSTEMS)
    parser.add_argument("--seeds", nargs="+", type=int, default=[1, 2, 3])
    parser.add_argument("--jobs", type=int, default=2, help="processes at once; give each one core")
    arguments = parser.parse_args()
    with ThreadPoolExecutor(arguments.jobs) as pool:
        runs = [(system, seed) for seed in arguments.seeds for system in arguments.systems]
        list(pool.map(lambda run: train(*run), runs))
    print("system | F1, last epoch | precision | recall | F1, best epoch | training")
    for system in arguments.systems:
        print(row(system, arguments.seeds))


if __name__ == "__main__":
    main()
