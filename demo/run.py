"""The demo: a CRF teacher, a softmax student alone, and the same student taught; `make demo` runs it.

python -m demo.run [--seed 0]
"""

import argparse
import os
import shutil
import time
from pathlib import Path
from typing import Dict, List

import torch

from demo import corpus, curves, report
from demo.measure import Measurement, measure
from demo.quiet import quiet
from demo.training import SYSTEMS, train

ROOT = Path(__file__).parent.parent
DIRECTORY = Path("runs/demo")
CORPUS = DIRECTORY / "corpus"
LOG = DIRECTORY / "log.txt"
PICTURE = DIRECTORY / "curves.png"


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m demo.run", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--seed", type=int, default=0, help="of the corpus and of the models (default 0)")
    seed = parser.parse_args().seed
    torch.set_num_threads(1)  # several would mostly wait for each other: the models are tiny
    os.chdir(ROOT)  # the paths in the configurations start there
    run(seed, corpus.SIZES)


def run(seed: int, sizes: Dict[str, int]) -> None:
    """The whole demo, in the working directory."""
    start = time.time()
    start_afresh()
    print(f"Writing a synthetic corpus to {CORPUS}/: {describe(sizes)}")
    corpus.write(CORPUS, seed, sizes)
    train_all(seed)
    curves.draw({system: DIRECTORY / system.name for system in SYSTEMS}, PICTURE)
    print()
    print(report.table(measure_all()))
    print(report.closing(DIRECTORY, PICTURE, LOG, time.time() - start))


def start_afresh() -> None:
    """Remove what an earlier demo left, and nothing else."""
    leftovers = [path for path in (CORPUS, LOG, PICTURE, *(DIRECTORY / s.name for s in SYSTEMS)) if path.exists()]
    if leftovers:
        print(f"Removing the earlier run in {DIRECTORY}/")
    for path in leftovers:
        shutil.rmtree(path) if path.is_dir() else path.unlink()
    DIRECTORY.mkdir(parents=True, exist_ok=True)


def describe(sizes: Dict[str, int]) -> str:
    return ", ".join(f"{sizes[split]:,} {split}" for split in ("labelled", "unlabelled", "dev", "test")) + " sentences"


def train_all(seed: int) -> None:
    for system in SYSTEMS:
        start = time.time()
        print(f"\nTraining the {system.title}: {system.what}")
        with quiet(LOG):
            best = train(system, DIRECTORY / system.name, seed)
        print(f"  done in {time.time() - start:.0f} s; best validation F1 {100 * best:.1f}")


def measure_all() -> List[Measurement]:
    with quiet(LOG):
        archives = {system.title: DIRECTORY / system.name / "model.tar.gz" for system in SYSTEMS}
        return measure(archives, CORPUS / "test.conllu")


if __name__ == "__main__":
    main()
