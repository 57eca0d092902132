"""
Trains a teacher with transformers alone: a tagger of `AutoModelForTokenClassification`, by transformers' own `Trainer`.

`seeds.py` starts this, with SYSTEM set. It learns tags in IOB2 from the labelled sentences, on the first piece of each
word, with the epochs, the batches and the learning rate of the teachers that AllenNLP trains. It needs the package
accelerate.
"""

import argparse
import json
import os
from pathlib import Path
from typing import Any, Dict, List, Optional, Sequence

import torch
from allennlp.common import Params
from allennlp.common.util import lazy_groups_of
from allennlp.data import DatasetReader
from transformers import (
    AutoModelForTokenClassification,
    AutoTokenizer,
    DataCollatorForTokenClassification,
    Trainer,
    TrainingArguments,
)

import skd_plugin.plugin  # noqa: F401
from experiments.spacy_training import tag_scores
from skd_plugin.data.tags.schemes import from_bioul
from skd_plugin.distillation import HuggingFaceTagger
from skd_plugin.structures import Labeling

Metadata = Dict[str, Any]

RATE = 1e-4
BATCH_SIZE = 64
NO_LABEL = -100
"""What the loss of transformers leaves out."""


def train_tagger(settings: Dict[str, Any], folder: Path) -> Dict[str, float]:
    """Writes the model and its tokenizer into the folder, and returns the scores of its best tags."""
    labelled, development = (
        sentences(settings, path) for path in (settings["train_data_path"]["labelled"], settings["test_data_path"])
    )
    types = sorted({tag[2:] for one in labelled for tag in one["tags"] if tag != "O"})
    labels = ["O", *(f"{prefix}-{type_}" for type_ in types for prefix in "BI")]
    tokenizer = AutoTokenizer.from_pretrained(settings["transformer"])
    model = AutoModelForTokenClassification.from_pretrained(
        settings["transformer"],
        id2label=dict(enumerate(labels)),
        label2id={label: index for index, label in enumerate(labels)},
    )
    arguments = TrainingArguments(
        output_dir=str(folder / "checkpoints"),
        num_train_epochs=settings["epochs"],
        per_device_train_batch_size=settings["batch_size"],
        learning_rate=RATE,
        warmup_steps=len(labelled) * settings["epochs"] // settings["batch_size"] // 10,
        seed=settings["seed"],
        save_strategy="no",
        report_to=[],
        use_cpu=not torch.cuda.is_available(),
    )
    collator = DataCollatorForTokenClassification(tokenizer)
    data = [encoded(tokenizer, one, labels) for one in labelled]
    trainer = Trainer(model=model, args=arguments, train_dataset=data, data_collator=collator)
    trainer.train()
    trainer.save_model(str(folder))
    tokenizer.save_pretrained(folder)
    return score(folder, development)


def sentences(settings: Dict[str, Any], path: str) -> List[Metadata]:
    reader = DatasetReader.from_params(Params(dict(settings["reader"])))
    return [instance["metadata"].metadata for instance in reader.read(path)]


def encoded(tokenizer: Any, sentence: Metadata, labels: Sequence[str]) -> Dict[str, List[int]]:
    """The pieces of a sentence; the first one of each word has its tag, and the others have none."""
    tags = from_bioul(sentence["tags"], "IOB2")
    pieces = tokenizer(sentence["words"], is_split_into_words=True, truncation=True)
    owners = pieces.word_ids()
    firsts = [owner is not None and owner != before for before, owner in zip([None, *owners], owners)]
    gold = [labels.index(tags[owner]) if first else NO_LABEL for owner, first in zip(owners, firsts)]
    return {**pieces, "labels": gold}


def score(folder: Path, gold: Sequence[Metadata]) -> Dict[str, float]:
    """Of the best tags, as our models are scored."""
    teacher = HuggingFaceTagger(str(folder))
    teacher.load(torch.device("cpu"))
    tags = []
    for some in lazy_groups_of(gold, BATCH_SIZE):
        for distribution in teacher.read([tuple(one["words"]) for one in some]):
            assert isinstance(distribution, Labeling)
            tags.append([distribution.labels[label] for label in distribution.argmax[0].tolist()])
    return {f"test_{name}": value for name, value in tag_scores(tags, gold).items()}


def main(command_line: Optional[Sequence[str]] = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", type=Path, help="the folder of the model and its scores")
    arguments = parser.parse_args(command_line)
    torch.set_num_threads(1)
    arguments.out.mkdir(parents=True, exist_ok=True)
    scores = train_tagger(json.loads(os.environ["SYSTEM"]), arguments.out)
    (arguments.out / "metrics.json").write_text(json.dumps(scores, indent=2))


if __name__ == "__main__":
    main()
