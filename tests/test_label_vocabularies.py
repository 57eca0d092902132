"""The vocabularies of all shipped configurations, and what a configuration does with labels of its development data."""

import json
from pathlib import Path
from typing import Any, Dict, Iterable

import _jsonnet
import pytest

from skd_plugin.projects import Project
from skd_plugin.structures import encodings
from tests import PROJECT_ROOT
from tests.distillation.runs import train
from tests.documents import DOCUMENTS, blocks

# That of the experiments is in tests/experiments/test_runs.py.
FOLDERS = ("training_configs", "demo", "tests")


def data_sets(paths: Iterable[Path]) -> Dict[str, Any]:
    """What each configuration makes its vocabulary from."""
    entries = ", ".join(f"'{path}': (import '{path}').datasets_for_vocab_creation" for path in paths)
    found = _jsonnet.evaluate_snippet("all", f"{{{entries}}}", ext_vars={"TRANSFORMER": ""})
    return json.loads(found)


def test_labels_are_from_training_data_alone():
    paths = [path for folder in FOLDERS for path in (PROJECT_ROOT / folder).rglob("*.jsonnet")]
    assert len(paths) > 25
    assert data_sets(paths) == {str(path): ["train"] for path in paths}


def test_so_they_are_in_the_examples_of_the_documents(tmp_path: Path):
    Project(tmp_path, "ner").write()
    for document in DOCUMENTS:
        for block in blocks(document, "jsonnet"):
            (tmp_path / block.split("\n")[0].removeprefix("// ")).write_text(block, encoding="utf-8")
    examples = list(tmp_path.glob("*.jsonnet"))
    assert len(examples) >= 5  # those of the project, too
    assert data_sets(examples) == {str(path): ["train"] for path in examples}


@pytest.mark.slow
def test_an_arc_label_that_only_development_data_has_counts_as_wrong(tmp_path: Path):
    columns = ("{}", "w{}", "_", "_", "_", "_", "{}", "{}", "_", "_")
    arcs = [(3, "obj"), (3, "obj"), (0, "root"), (3, "obj"), (3, "strange")]
    rows = ["\t".join(columns).format(i, i, head, relation) for i, (head, relation) in enumerate(arcs, 1)]
    development = tmp_path / "dev.conllu"
    development.write_text("\n".join(rows) + "\n\n", encoding="utf-8")
    overrides = {
        "model.type": "skd_tagging_parser",
        "dataset_reader.on_unknown_label": "accept",
        "validation_data_path": str(development),
        "trainer.num_epochs": 1,
    }
    model = train("parser", tmp_path / "run", overrides)
    labels = encodings.encoding("relative_offset").encode(*map(list, zip(*arcs)), [None] * len(arcs))
    known = [label in model.arc_labels for label in labels]
    metrics = json.loads((tmp_path / "run" / "metrics.json").read_text())
    assert known[-1] is False and "strange" not in model.labels
    assert metrics["validation_arcs_with_label"] == sum(known) / len(known)
    assert metrics["validation_LAS"] <= sum(known) / len(known)
