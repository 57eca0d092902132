"""Trains the students of this folder with several seeds; prints mean and spread of F1 on the development set."""

from pathlib import Path

from experiments.ewt_ner.run import EXPERIMENT as EWT
from experiments.seeds import main

EXPERIMENT = EWT._replace(
    configs=Path(__file__).parent,
    runs=Path("runs/wnut_ner/students"),
    systems=["maxent_alone", "token_level", "case_4_top_1", "case_4_top_k", "case_4_weighted_top_k", "case_4"],
)

if __name__ == "__main__":
    main(EXPERIMENT, __doc__ or "")
