"""Trains the students of this folder with several seeds; prints mean and spread of F1 on the development set."""

from pathlib import Path

from experiments.seeds import Experiment, main

F1 = "f1-measure-overall"

EXPERIMENT = Experiment(
    configs=Path(__file__).parent,
    runs=Path("runs/ewt_ner/students"),
    systems=[
        *("maxent_alone", "crf_alone", "maxent_top_1", "crf_top_1"),
        *("token_level", "case_2a", "case_3", "case_1a", "case_4", "span_to_crf"),
    ],
    # The last epoch's scores, which nobody chose by looking at these sentences, and the best epoch's.
    scores={
        "F1, last epoch": f"validation_{F1}",
        "precision": "validation_precision-overall",
        "recall": "validation_recall-overall",
        "F1, best epoch": f"best_validation_{F1}",
    },
)

if __name__ == "__main__":
    main(EXPERIMENT, __doc__ or "")
