"""Folders of runs as `allennlp train` leaves them, of models with random weights, which need no training."""

import json
import tarfile
from pathlib import Path
from typing import Any, Dict

import torch
from allennlp.common import Params
from allennlp.data import DatasetReader, Vocabulary
from allennlp.models import Model

import skd_plugin.plugin  # noqa: F401
from tests.untrained import EMBEDDER

ENTITIES, TREES = "fixtures/ner.conll", "fixtures/trees.conllu"
TAGGER = {"dataset_reader": {"type": "skd_conll_ner"}, "model": {"type": "skd_maxent_tagger"}}
SPANS = {"dataset_reader": {"type": "skd_conll_ner"}, "model": {"type": "skd_span_ner", "span_dim": 4}}
POS = {"dataset_reader": {"type": "skd_conllu", "tags": "upos"}, "model": {"type": "skd_crf_tagger"}}
PARSER = {
    "dataset_reader": {"type": "skd_dependencies"},
    "model": {"type": "skd_biaffine_parser", "arc_dim": 5, "relation_dim": 4},
}


def make_run(folder: Path, kind: Dict[str, Any], data: str = ENTITIES, seed: int = 1, **config: Any) -> Path:
    """The folder of a run with this seed, on this data; `config` replaces sections of its config."""
    config = {
        **kind,
        "model": {"text_field_embedder": EMBEDDER, **kind["model"]},
        "train_data_path": data,
        "data_loader": {"batch_size": 5},
        "trainer": {"num_epochs": 2},
        "random_seed": seed,
        **config,
    }
    reader = DatasetReader.from_params(Params(_copy(config["dataset_reader"])))
    vocab = Vocabulary.from_instances(reader.read(data))
    model = Model.from_params(Params(_copy(config["model"])), vocab=vocab)
    generator = torch.Generator().manual_seed(seed)
    for parameter in model.parameters():
        torch.nn.init.normal_(parameter, std=0.6, generator=generator)
    folder.mkdir()
    (folder / "config.json").write_text(json.dumps(config))
    torch.save(model.state_dict(), folder / "weights.th")
    vocab.save_to_files(str(folder / "vocabulary"))
    with tarfile.open(folder / "model.tar.gz", "w:gz") as archive:
        for name in ("config.json", "weights.th", "vocabulary"):
            archive.add(folder / name, name)
    (folder / "weights.th").unlink()
    metrics = {"epoch": 1, "training_duration": "0:01:02.5", "training_loss": 1.5}
    (folder / "metrics.json").write_text(json.dumps(metrics))
    for epoch in range(2):
        (folder / f"metrics_epoch_{epoch}.json").write_text(json.dumps({"epoch": epoch, "training_loss": 2 - epoch}))
    return folder


def _copy(section: Any) -> Any:
    return json.loads(json.dumps(section))
