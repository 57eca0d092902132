"""Trains the students of this folder with several seeds; prints mean and spread of their attachment scores on dev."""

from pathlib import Path

from experiments.seeds import Experiment, main

# The last epoch's scores, which nobody chose by looking at these sentences, and the best epoch's.
SCORES = {
    "LAS, last epoch": "validation_LAS",
    "UAS": "validation_UAS",
    "LAS without punctuation": "validation_LAS_no_punctuation",
    "LAS with subtypes": "validation_LAS_subtypes",
    "LAS, best epoch": "best_validation_LAS",
}

EXPERIMENT = Experiment(
    configs=Path(__file__).parent,
    runs=Path("runs/ewt_parsing/students"),
    systems=[
        "tagging_alone",
        "tagging_top_1",
        "case_1b",
        "case_2b",
        "tree_crf_to_tagging",
        "biaffine_alone",
        "biaffine_top_1",
        "biaffine_to_biaffine",
        "second_order_to_biaffine",
    ],
    scores=SCORES,
)

if __name__ == "__main__":
    main(EXPERIMENT, __doc__ or "")
