"""What the demo prints when a task is done, and at the end."""

from pathlib import Path
from typing import List

from demo.measure import Measurement
from demo.tasks import Task


def table(task: Task, measurements: List[Measurement]) -> str:
    """The measurements in aligned columns, and what distillation gained."""
    header = ("", f"test {task.metric}", "parameters", "words/s (1 thread)")
    rows = [header, *map(_row, measurements)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(header))]
    lines = [_line(row, widths) for row in rows]
    return "\n".join([lines[0], "-" * len(lines[0]), *lines[1:], "", gain(task, measurements)])


def gain(task: Task, measurements: List[Measurement]) -> str:
    """The gain in words, and the share of the gap to the teacher that it closes."""
    teacher, alone, distilled = (100 * measurement.score for measurement in measurements)
    sentence = f"Distillation changed the student by {distilled - alone:+.1f} points of {task.metric}"
    if teacher <= alone:
        return sentence + "; the teacher was no better than the student alone."
    share = (distilled - alone) / (teacher - alone)
    return sentence + f": {share:.0%} of its distance to the teacher."


def closing(directory: Path, picture: Path, log: Path, seconds: float) -> str:
    """Where things are, and what to try next."""
    test = directory / "corpus/test.conllu"
    return f"""
The corpus is synthetic and the models are tiny: this shows how it works, not what it is worth.
Took {seconds:.0f} s. Training curves: {picture}   log: {log}   models: {directory}/*/*/model.tar.gz

To try next (after `source .venv/bin/activate`):
  allennlp predict {directory}/entities/distilled/model.tar.gz {test} --use-dataset-reader
  allennlp predict {directory}/parsing/distilled/model.tar.gz {test} --use-dataset-reader \\
    --silent --output-file runs/parsed.conllu
  python -c 'import spacy; nlp = spacy.load("{directory}/pipeline"); print(nlp("Sir Bolski left Mintburg.").ents)'
  allennlp evaluate {directory}/parsing/distilled/model.tar.gz {test}
  allennlp train demo/parsing/distilled.jsonnet -s runs/mine -o '{{"trainer.callbacks.0.temperature": 2}}'
  python -m demo.run --seed 1
  your own text and labels: docs/distilling.md"""


def _row(measurement: Measurement) -> "tuple[str, ...]":
    title, score, parameters, speed = measurement
    return title, f"{100 * score:.1f}", f"{parameters:,}", f"{speed:,.0f}"


def _line(row: "tuple[str, ...]", widths: List[int]) -> str:
    first, *others = (f"{cell:>{width}}" for cell, width in zip(row, widths))
    return "   ".join([f"{row[0]:<{len(first)}}", *others])
