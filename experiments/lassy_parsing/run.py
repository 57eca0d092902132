"""Trains the students of this folder with several seeds; prints mean and spread of their attachment scores on dev."""

from pathlib import Path

from experiments.ewt_parsing.run import SCORES
from experiments.seeds import Experiment, main

EXPERIMENT = Experiment(
    configs=Path(__file__).parent,
    runs=Path("runs/lassy_parsing/students"),
    systems=["tagging_alone", "tagging_top_1", "case_1b", "tree_crf_to_tagging"],
    scores=SCORES,
)

if __name__ == "__main__":
    main(EXPERIMENT, __doc__ or "")
