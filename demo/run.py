"""The demo: for tagging and for parsing a teacher, a student alone, and the same student taught; `make demo` runs it.

python -m demo.run [--seed 0]

The grammar of the corpus is small and regular. With more labelled sentences, or a larger student, the student alone is
as good as its teacher, and there is nothing to teach. So only 300 sentences have labels, and the students are smaller
than those of `training_configs`.
"""

import argparse
import os
import shutil
import time
from pathlib import Path
from typing import Dict, List

import torch

from demo import corpus, curves, report, serving
from demo.measure import Measurement, measure
from demo.output import redirect_output
from demo.tasks import DISTILLED, TASKS, Task
from demo.training import train

ROOT = Path(__file__).parent.parent
DIRECTORY = Path("runs/demo")
CORPUS = DIRECTORY / "corpus"
LOG = DIRECTORY / "log.txt"
PICTURE = DIRECTORY / "curves.png"
PIPELINE = DIRECTORY / "pipeline"
PARSE = DIRECTORY / "parse.svg"


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m demo.run", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--seed", type=int, default=0, help="of the corpus and of the models (default 0)")
    seed = parser.parse_args().seed
    torch.set_num_threads(1)  # the models are tiny, and several threads would mostly wait for each other
    os.chdir(ROOT)  # the paths in the configurations are relative to it
    run(seed, corpus.SIZES)


def run(seed: int, sizes: Dict[str, int]) -> None:
    """The whole demo, in the working directory."""
    start = time.time()
    start_afresh()
    print(f"Writing a synthetic corpus to {CORPUS}/: {describe(sizes)}")
    corpus.write(CORPUS, seed, sizes)
    for part, task in enumerate(TASKS, start=1):
        print(f"\n\n{part}. {task.title}. {task.metric} is {task.metric_means}.")
        train_all(task, seed)
        print()
        print(report.table(task, measure_all(task)))
    curves.draw(TASKS, DIRECTORY, PICTURE)
    print(f"\n\nBoth distilled students as one spaCy pipeline: {PIPELINE}/")
    print(f"  {serving.SENTENCE}\n  {serve()}\n  Its tree: {PARSE}")
    print("\n" + report.closing(DIRECTORY, PICTURE, LOG, time.time() - start))


def start_afresh() -> None:
    """Remove the files of an earlier demo, and nothing else."""
    systems = [task.directory(DIRECTORY, system) for task in TASKS for system in task.systems]
    leftovers = [path for path in (CORPUS, LOG, PICTURE, PIPELINE, PARSE, *systems) if path.exists()]
    if leftovers:
        print(f"Removing the earlier run in {DIRECTORY}/")
    for path in leftovers:
        shutil.rmtree(path) if path.is_dir() else path.unlink()
    DIRECTORY.mkdir(parents=True, exist_ok=True)


def describe(sizes: Dict[str, int]) -> str:
    return ", ".join(f"{sizes[split]:,} {split}" for split in ("labelled", "unlabelled", "dev", "test")) + " sentences"


def train_all(task: Task, seed: int) -> None:
    for system in task.systems:
        start = time.time()
        print(f"\nTraining the {system.title}: {system.description}")
        with redirect_output(LOG):
            best = train(task, system, task.directory(DIRECTORY, system), seed)
        print(f"  done in {time.time() - start:.0f} s; best validation {task.metric} {100 * best:.1f}")


def measure_all(task: Task) -> List[Measurement]:
    with redirect_output(LOG):
        archives = {system.title: task.directory(DIRECTORY, system) / "model.tar.gz" for system in task.systems}
        return measure(archives, CORPUS / "test.conllu")


def serve() -> str:
    """The entities that the pipeline of the distilled students finds in an example sentence."""
    archives = [task.directory(DIRECTORY, DISTILLED) / "model.tar.gz" for task in TASKS]
    with redirect_output(LOG):
        return serving.serve(archives, PIPELINE, PARSE)


if __name__ == "__main__":
    main()
