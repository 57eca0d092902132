"""Parameters and words per second of trained models, the first compared with the others."""

import argparse
from pathlib import Path

import torch

import skd_plugin.plugin  # noqa: F401
from demo.measure import measure


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("test", type=Path, help="the sentences to predict")
    parser.add_argument("runs", type=Path, nargs="+", help="folders of finished runs")
    arguments = parser.parse_args()

    torch.set_num_threads(1)
    measured = measure({run.name: run / "model.tar.gz" for run in arguments.runs}, arguments.test)
    for row in measured:
        speedup = row.words_per_second / measured[0].words_per_second
        print(f"{row.title}: {row.parameters:,} parameters, {row.words_per_second:,.0f} words/s, {speedup:.0f} ×")


if __name__ == "__main__":
    main()
