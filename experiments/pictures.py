"""
The pictures of the results, from finished runs: scores against words per second, and against the amount of text.

    python -m experiments.pictures frontier ewt_trees --texts dev.txt --output frontier.png
    python -m experiments.pictures text ewt_trees --output text.png

The pipelines are timed through `nlp.pipe` as by `benchmarks.serving.speed`, interleaved, on one core. `dev.txt` is what
`benchmarks.serving.texts` writes.
"""

import argparse
import json
from pathlib import Path
from typing import Any, Dict, List, NamedTuple, Optional, Sequence

from benchmarks.pinning import pin

if __name__ == "__main__":
    pin()  # before any library starts its threads

import matplotlib  # noqa: E402
import spacy  # noqa: E402
from spacy.language import Language  # noqa: E402

from benchmarks.serving.comparison import compare, comparison_table  # noqa: E402
from benchmarks.serving.passes import repeated_passes  # noqa: E402
from benchmarks.serving.pipelines import count_words  # noqa: E402
from experiments.corpora import corpus, sentence_count  # noqa: E402
from experiments.runs import Run  # noqa: E402
from experiments.tasks import TASKS, Task  # noqa: E402
from skd_plugin.commands.export import export  # noqa: E402
from skd_plugin.data.files.lines import filled_lines  # noqa: E402

matplotlib.use("agg")
from matplotlib import pyplot  # noqa: E402

TOKENIZATION = "tokenization alone"


class Point(NamedTuple):
    """A system with its place in a picture; the score is in percent."""

    name: str
    x: float
    score: float


def frontier(task: Task, seed: int, texts: Sequence[str], rounds: int) -> List[Point]:
    """The finished systems of the table `frontier`, with their words per second, which are also printed."""
    runs = finished(task, "frontier", seed)
    pipelines = {name: load(run) for name, run in runs.items()}
    blank = spacy.blank("en")
    words = count_words(blank, texts)
    seconds = repeated_passes({**pipelines, TOKENIZATION: blank}, texts, rounds, seed)
    baseline = "spacy" if "spacy" in runs else next(iter(runs))
    rows = compare(seconds, words, baseline)
    print(comparison_table(rows, baseline))
    return [Point(row.name, row.words_per_second.median, score(runs[row.name])) for row in rows if row.name in runs]


def amounts_of_text(task: Task, seed: int) -> List[Point]:
    """The finished systems of the table `text`, with the sentences that their teachers have read without labels."""
    runs = finished(task, "text", seed)
    folder = corpus(task.corpus)
    return [
        Point(name, sum(sentence_count(folder / f"{text}.txt") for text in run.system.text), score(run))
        for name, run in runs.items()
    ]


def finished(task: Task, table: str, seed: int) -> Dict[str, Run]:
    runs = {name: Run(task, name, seed) for name in task.tables.get(table, [])}
    found = {name: run for name, run in runs.items() if run.is_finished}
    if not found:
        raise SystemExit(f"No run of the table {table} is finished with the seed {seed}; expected one at least.")
    return found


def load(run: Run) -> Language:
    """The pipeline of a run; ours are exported first."""
    if run.system.is_spacy:
        return spacy.load(run.folder / "model-best")
    folder = run.folder / "pipeline"
    if not folder.exists():
        export([run.folder / "model.tar.gz"], folder, "en")
    return spacy.load(folder)


def score(run: Run) -> float:
    metrics = run.metrics
    assert metrics is not None
    return 100 * float(metrics[next(iter(run.task.scores.values()))])


def draw(points: Sequence[Point], task: Task, x_title: str, out: Path) -> None:
    """A point for each system, with its name, and a line for each teacher of the first seed."""
    figure, axes = pyplot.subplots(figsize=(8, 5))
    for point in points:
        color = "tab:gray" if point.name.startswith("spacy") else "tab:blue"
        axes.scatter(point.x, point.score, marker="x" if point.name.endswith("alone") else "o", color=color)
        axes.annotate(point.name, (point.x, point.score), xytext=(5, 4), textcoords="offset points", fontsize=8)
    for teacher in task.teachers:
        run = Run(task, f"teachers/{teacher}", 1)
        if run.is_finished:
            axes.axhline(score(run), linewidth=0.8, linestyle=":", color="tab:red")
            axes.annotate(teacher, (0, score(run)), xycoords=("axes fraction", "data"), fontsize=8, color="tab:red")
    axes.set_xscale("log")
    axes.set_xlabel(x_title)
    axes.set_ylabel(f"{next(iter(task.scores))} on the development data")
    figure.tight_layout()
    figure.savefig(out, dpi=150)
    out.with_suffix(".json").write_text(json.dumps([point._asdict() for point in points], indent=2))


def main(command_line: Optional[Sequence[str]] = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("picture", choices=["frontier", "text"])
    parser.add_argument("task", choices=TASKS, metavar="task", help="such as ewt_trees")
    parser.add_argument("--output", type=Path, required=True, metavar="FILE", help="the picture; its numbers go beside")
    parser.add_argument("--texts", help="a file with one text a line, for `frontier`")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--rounds", type=int, default=9)
    arguments: Any = parser.parse_args(command_line)
    task = TASKS[arguments.task]
    if arguments.picture == "text":
        draw(amounts_of_text(task, arguments.seed), task, "sentences of text", arguments.output)
        return
    if arguments.texts is None:
        parser.error("the picture frontier needs --texts, a file with one text a line")
    texts = [line.text for line in filled_lines(arguments.texts)]
    points = frontier(task, arguments.seed, texts, arguments.rounds)
    draw(points, task, "words per second through nlp.pipe", arguments.output)


if __name__ == "__main__":
    main()
