"""Trains one student for each case and baseline objective; prints mean and spread of F1 on the development set."""

from pathlib import Path

from experiments.ewt_ner.run import EXPERIMENT as STRUCTURAL
from experiments.seeds import main

FOLDER = Path(__file__).parent

EXPERIMENT = STRUCTURAL._replace(
    configs=FOLDER,
    runs=Path("runs/ewt_ner/objectives"),
    systems=sorted(path.stem for path in FOLDER.glob("*.jsonnet")),
)

if __name__ == "__main__":
    main(EXPERIMENT, __doc__ or "")
