"""Archives of models with random weights, which need no training."""

import json
import tarfile
from pathlib import Path
from typing import Any, Dict

import torch
from allennlp.common import Params
from allennlp.data import Vocabulary
from allennlp.models import Model

import skd_plugin.plugin  # noqa: F401
from skd_plugin.data import ConllNer

ENTITIES = "fixtures/ner.conll"
EMBEDDER = {"token_embedders": {"tokens": {"type": "embedding", "embedding_dim": 6}}}


def make_archive(folder: Path, labels: Dict[str, Any], **model: Any) -> Path:
    """
    The archive of a model with random weights.

    Its vocabulary has these labels, by their namespaces, or, if there are none, what is in ENTITIES.
    """
    config = {
        "dataset_reader": {"type": "skd_conll_ner"},
        "model": {"text_field_embedder": EMBEDDER, **model},
        "data_loader": {"batch_size": 5},
    }
    vocab = Vocabulary.from_instances(ConllNer().read(ENTITIES)) if not labels else Vocabulary(tokens_to_add=labels)
    built = Model.from_params(Params(json.loads(json.dumps(config["model"]))), vocab=vocab)
    torch.manual_seed(1)
    for parameter in built.parameters():
        torch.nn.init.normal_(parameter, std=0.6)
    folder.mkdir()
    (folder / "config.json").write_text(json.dumps(config))
    torch.save(built.state_dict(), folder / "weights.th")
    vocab.save_to_files(str(folder / "vocabulary"))
    with tarfile.open(folder / "model.tar.gz", "w:gz") as archive:
        for name in ("config.json", "weights.th", "vocabulary"):
            archive.add(folder / name, name)
    return folder / "model.tar.gz"
