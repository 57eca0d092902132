"""
The pictures of the results, from finished runs: scores against words per second, and against the amount of text.

    python -m experiments.pictures frontier ewt_entities ewt_trees --texts dev.txt --output frontier.png
    python -m experiments.pictures text ewt_trees --output text.png

Each task has a panel. The pipelines are timed through `nlp.pipe` as by `benchmarks.serving.speed`, interleaved, on one
core; scores are means over the finished seeds. `dev.txt` is what `benchmarks.serving.texts` writes.
"""

import argparse
import json
from pathlib import Path
from statistics import mean, stdev
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

TOKENIZATION, TEACHER = "tokenization alone", "teacher"
SEEDS = range(1, 6)
TITLES = {
    "alone": "student alone",
    "case_4": "student, distilled",
    "biaffine_to_biaffine": "student, distilled",
    "text_30k": "with more text",
    "spacy": "spaCy",
    "spacy_vectors_top_1": "spaCy, distilled",
}
# Those whose names are below their points, because other systems are just above.
BELOW = {"case_4", "biaffine_to_biaffine"}
COLORS = {TEACHER: "tab:red", "spacy": "tab:gray"}


class Point(NamedTuple):
    """A system with its place in a picture. Its score, in percent, is a mean over seeds, with a standard deviation."""

    name: str
    x: float
    score: float
    spread: float


def frontier(task: Task, seed: int, texts: Sequence[str], rounds: int) -> List[Point]:
    """The finished systems of the table `frontier` and their first teacher; words per second are also printed."""
    runs = finished(task, "frontier", seed)
    teacher = Run(task, f"teachers/{next(iter(task.teachers))}", seed)
    if teacher.is_finished:
        runs[TEACHER] = teacher
    pipelines = {name: load(run) for name, run in runs.items()}
    blank = spacy.blank("en")
    words = count_words(blank, texts)
    seconds = repeated_passes({**pipelines, TOKENIZATION: blank}, texts, rounds, seed)
    baseline = "spacy" if "spacy" in runs else next(iter(runs))
    rows = compare(seconds, words, baseline)
    print(comparison_table(rows, baseline))
    return [point(runs[row.name], row.name, row.words_per_second.median) for row in rows if row.name in runs]


def amounts_of_text(task: Task, seed: int) -> List[Point]:
    """The finished systems of the table `text`, with the sentences that their teachers have read without labels."""
    folder = corpus(task.corpus)
    return [
        point(run, name, sum(sentence_count(folder / f"{text}.txt") for text in run.system.text))
        for name, run in finished(task, "text", seed).items()
    ]


def point(run: Run, name: str, x: float) -> Point:
    scores = [score(other) for other in (run._replace(seed=seed) for seed in SEEDS) if other.is_finished]
    return Point(name, x, mean(scores), stdev(scores) if len(scores) > 1 else 0.0)


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


def draw(panels: Dict[str, List[Point]], x_title: str, out: Path) -> None:
    """A panel for each task, with a point for each system, and its name."""
    figure, all_axes = pyplot.subplots(1, len(panels), figsize=(5.6 * len(panels), 4.2), squeeze=False)
    for axes, (name, points) in zip(all_axes[0], panels.items(), strict=True):
        for one in points:
            color = next((color for part, color in COLORS.items() if part in one.name), "tab:blue")
            face = "white" if one.name in ("alone", "spacy") else color
            axes.errorbar(one.x, one.score, yerr=one.spread, fmt="o", color=color, markerfacecolor=face, capsize=3)
            title = TITLES.get(one.name, one.name)
            place = (0, -18 if one.name in BELOW else 9)
            axes.annotate(title, (one.x, one.score), place, textcoords="offset points", ha="center", fontsize=9)
        axes.set_xscale("log")
        axes.xaxis.set_major_formatter("{x:,.0f}")
        axes.margins(x=0.2, y=0.15)
        axes.set_xlabel(x_title)
        task = TASKS[name]
        axes.set_ylabel(f"{next(iter(task.scores))} on the development data")
        axes.set_title(task.kind)
        axes.grid(alpha=0.25)
        axes.spines[["top", "right"]].set_visible(False)
    figure.tight_layout()
    figure.savefig(out, dpi=150)
    numbers = {name: [one._asdict() for one in points] for name, points in panels.items()}
    out.with_suffix(".json").write_text(json.dumps(numbers, indent=2) + "\n")


def main(command_line: Optional[Sequence[str]] = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("picture", choices=["frontier", "text"])
    parser.add_argument("tasks", nargs="+", choices=TASKS, metavar="task", help="such as ewt_trees")
    parser.add_argument("--output", type=Path, required=True, metavar="FILE", help="the picture; its numbers go beside")
    parser.add_argument("--texts", help="a file with one text a line, for `frontier`")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--rounds", type=int, default=9)
    arguments: Any = parser.parse_args(command_line)
    tasks = {name: TASKS[name] for name in arguments.tasks}
    if arguments.picture == "text":
        panels = {name: amounts_of_text(task, arguments.seed) for name, task in tasks.items()}
        draw(panels, "sentences of text", arguments.output)
        return
    if arguments.texts is None:
        parser.error("the picture frontier needs --texts, a file with one text a line")
    texts = [line.text for line in filled_lines(arguments.texts)]
    panels = {name: frontier(task, arguments.seed, texts, arguments.rounds) for name, task in tasks.items()}
    draw(panels, "words per second, on one core", arguments.output)


if __name__ == "__main__":
    main()
