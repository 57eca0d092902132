"""
Trains the systems of a table with several seeds, and prints the mean and the spread of their scores.

    python -m experiments.seeds ewt_entities teachers --seeds 1 2 3
    python -m experiments.seeds ewt_entities headline --seeds 1 2 3 4 5

Each run is `allennlp train experiments/system.jsonnet` in a process of its own, with one thread. What is finished is
kept, and what was interrupted is resumed, so the same command goes on where it was. The log of a run, its settings and
its CPU minutes are beside its folder. `--only` trains some systems of the table, `--no-training` prints it as it is.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Lock
from typing import Any, Dict, List, Optional, Sequence, Set, Tuple

from experiments.runs import Run, spread
from experiments.tasks import TASKS, Task

HERE = Path(__file__).parent
TEACHERS = "teachers"
# Written by a process, and of no use when it has finished.
CHECKPOINTS = ("model_state_e*", "training_state_e*", "best.th")


class Trainer:
    """Trains runs, several at once. Teachers read a text once, before the first student that needs it."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._read: Set[Tuple[Any, ...]] = set()

    def train(self, run: Run) -> Optional[str]:
        """What went wrong, if anything."""
        if run.is_finished:
            return _changed(run)
        missing = run.missing()
        if missing:
            return "\n  ".join(["needs", *missing])
        if run.folder.exists():
            changed = _changed(run)
            if changed:
                return changed
        run.folder.parent.mkdir(parents=True, exist_ok=True)
        run.beside(".json").write_text(json.dumps(run.settings, indent=2))
        log = run.beside(".log")
        if not (self._ask_teachers(run, log) and _execute(run, _command(run), log)):
            return f"failed; see {log}"
        for pattern in CHECKPOINTS:
            for checkpoint in run.folder.glob(pattern):
                checkpoint.unlink()
        return None

    def _ask_teachers(self, run: Run, log: Path) -> bool:
        settings = run.settings
        needed = (*run.teachers, *run.system.text, settings["arc_labels"], settings["best_structures"])
        with self._lock:
            if not run.system.teachers or needed in self._read:
                return True
            succeeded = _execute(run, [sys.executable, "-m", "experiments.teachers"], log, counted=False)
            if succeeded:
                self._read.add(needed)
            return succeeded


def _command(run: Run) -> List[str]:
    if run.system.trainer:
        return [sys.executable, "-m", run.system.trainer, str(run.folder)]
    resumes = (run.folder / "config.json").exists()
    allennlp = str(Path(sys.executable).with_name("allennlp"))
    options = ["-s", str(run.folder), "--file-friendly-logging", "-r" if resumes else "-f"]
    return [allennlp, "train", str(HERE / "system.jsonnet"), *options]


def _execute(run: Run, command: Sequence[str], log: Path, counted: bool = True) -> bool:
    """Whether the command succeeded. Its CPU minutes are added to those of the run."""
    environment = {
        **os.environ,
        "SYSTEM": json.dumps(run.settings),
        "OMP_NUM_THREADS": "1",
        "TOKENIZERS_PARALLELISM": "false",
    }
    with log.open("a") as output:
        process = subprocess.Popen(command, stdout=output, stderr=output, env=environment)
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    if counted:
        with run.beside(".cpu").open("a") as file:
            file.write(f"{(usage.ru_utime + usage.ru_stime) / 60:.2f}\n")
    return process.returncode == 0


def _changed(run: Run) -> Optional[str]:
    """A message if the run was made with other settings than those that it has now."""
    before = json.loads(run.beside(".json").read_text()) if run.beside(".json").exists() else {}
    now = json.loads(json.dumps(run.settings))
    names = [name for name in now if name not in before or before[name] != now[name]]
    if not names:
        return None
    return f"was made with other settings: {', '.join(names)}. To make it anew, delete {run.folder}"


def table(task: Task, names: Sequence[str], seeds: Sequence[int]) -> str:
    """Scores in percent, as Markdown. The gap is that from the system alone to the mean of the teachers."""
    titles = ["system", *task.scores, "gap closed", "CPU minutes"]
    rows = [titles, ["---", *["--:"] * (len(titles) - 1)], *(_row(task, name, seeds) for name in names)]
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def _row(task: Task, name: str, seeds: Sequence[int]) -> List[str]:
    runs = [run for run in (Run(task, name, seed) for seed in seeds) if run.is_finished]
    scores = [spread([100 * run.metrics[metric] for run in runs]) for metric in task.scores.values()]
    title = name if len(runs) == len(seeds) else f"{name} ({len(runs)} of {len(seeds)} seeds)"
    return [title, *scores, _gap(task, name, seeds), spread([_minutes(run) for run in runs])]


def _gap(task: Task, name: str, seeds: Sequence[int]) -> str:
    metric = next(iter(task.scores.values()))
    run = Run(task, name, 0)
    if not run.system.teachers:
        return ""
    ours, alone = (_mean(Run(task, system, seed).metrics for seed in seeds) for system in (name, run.system.alone))
    files = [path / "metrics.json" for path in run.teachers]
    theirs = _mean(json.loads(file.read_text()) if file.exists() else None for file in files)
    found = [scores.get(metric) for scores in (ours, alone, theirs)]
    if None in found or found[1] == found[2]:
        return "–"
    return f"{100 * (found[0] - found[1]) / (found[2] - found[1]):.0f} %"


def _mean(found: Any) -> Dict[str, float]:
    """The mean of each number; empty if there are none."""
    present = [metrics for metrics in found if metrics is not None]
    names = [name for name in (present[0] if present else {}) if name.startswith("test_")]
    return {name: statistics.mean(metrics[name] for metrics in present) for name in names}


def _minutes(run: Run) -> float:
    return sum(map(float, run.beside(".cpu").read_text().split()))


def main(command_line: Optional[Sequence[str]] = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("task", choices=TASKS, metavar="task", help=", ".join(TASKS))
    parser.add_argument("table", help=f"{TEACHERS}, or one of the task's tables; an unknown one lists them")
    parser.add_argument("--only", nargs="+", metavar="SYSTEM", help="systems of the table; default: all")
    parser.add_argument("--seeds", nargs="+", type=int, default=[1, 2, 3])
    parser.add_argument("--jobs", type=int, default=2, help="processes at once; give each one core")
    parser.add_argument("--no-training", action="store_true", help="print the table of what is finished")
    arguments = parser.parse_args(command_line)
    task = TASKS[arguments.task]
    tables = {TEACHERS: [f"{TEACHERS}/{name}" for name in task.teachers], **task.tables}
    if arguments.table not in tables:
        parser.error(f"{arguments.task} has no table {arguments.table!r}; it has {', '.join(tables)}")
    names = tables[arguments.table]
    trained = [name for name in names if not arguments.only or name.removeprefix(f"{TEACHERS}/") in arguments.only]
    if not trained:
        parser.error(f"--only names no system of the table, which has {', '.join(names)}")

    runs = [] if arguments.no_training else [Run(task, name, seed) for seed in arguments.seeds for name in trained]
    with ThreadPoolExecutor(arguments.jobs) as pool:
        faults = list(pool.map(Trainer().train, runs))
    print(table(task, trained, arguments.seeds))
    for run, fault in zip(runs, faults):
        if fault:
            print(f"{run.folder} {fault}", file=sys.stderr)
    sys.exit(any(faults))


if __name__ == "__main__":
    main()
