"""Parameters and words per second of the systems of this folder, on the development set."""

from pathlib import Path

import torch

import skd_plugin.plugin  # noqa: F401
from demo.measure import measure

RUNS = Path("runs/ewt_ner")
SYSTEMS = {
    "MiniLM CRF teacher": RUNS / "teachers/crf/model.tar.gz",
    "MiniLM MaxEnt teacher": RUNS / "teachers/maxent/model.tar.gz",
    "MaxEnt student alone": RUNS / "students/maxent_alone_1/model.tar.gz",
    "MaxEnt student, case 2a": RUNS / "students/case_2a_1/model.tar.gz",
    "CRF student, case 1a": RUNS / "students/case_1a_1/model.tar.gz",
}


def main() -> None:
    torch.set_num_threads(1)
    measured = measure(SYSTEMS, RUNS / "corpus/dev.conllu")
    for row in measured:
        speedup = row.words_per_second / measured[0].words_per_second
        print(f"{row.title}: {row.parameters:,} parameters, {row.words_per_second:,.0f} words/s, {speedup:.0f} ×")


if __name__ == "__main__":
    main()
