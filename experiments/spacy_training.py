"""
Trains spaCy's own `ner` or `parser`, and scores it as our models are scored: `seeds.py` starts this, with SYSTEM set.

It learns from the labelled sentences and, if a teacher is named, from its best structures of the text. The recipe is
what `spacy init config --optimize efficiency` proposes. spaCy takes its best checkpoint on the development sentences,
which flatters its score; ours are those of the last epoch.
"""

import argparse
import json
import os
from pathlib import Path
from typing import Any, Dict, List, Optional, Sequence, Set, Tuple

import numpy as np
import spacy
import torch
from allennlp.common import Params
from allennlp.data import DatasetReader, Vocabulary
from spacy.cli.train import train
from spacy.language import Language
from spacy.tokens import Doc, DocBin
from spacy.training import iob_to_biluo
from spacy.vectors import Vectors
from spacy.vocab import Vocab

import skd_plugin.plugin  # noqa: F401
from benchmarks.serving.corpus import docs
from skd_plugin.inputs.entries import NAMESPACE, entries_in
from skd_plugin.inputs.static_vectors import StaticVectors
from skd_plugin.models.parsing.metrics import ParsingMetrics
from skd_plugin.models.tagging.metrics import TaggingMetrics
from skd_plugin.structures import Tree, bioul

CONFIGS = Path(__file__).parents[1] / "benchmarks" / "serving"
BEST = "model-best"
Metadata = Dict[str, Any]


def train_spacy(settings: Dict[str, Any], folder: Path) -> Dict[str, float]:
    """Writes the pipeline into the folder, and returns its scores."""
    entities = settings["reader"].get("tags")
    training, development = _training_files(settings), Path(settings["test_data_path"])
    data = folder / "data"
    data.mkdir(parents=True, exist_ok=True)
    DocBin(docs=(doc for file in training for doc in docs(file, Vocab(), entities))).to_disk(data / "train.spacy")
    DocBin(docs=docs(development, Vocab(), entities)).to_disk(data / "dev.spacy")
    options = {"paths.train": str(data / "train.spacy"), "paths.dev": str(data / "dev.spacy")}
    if settings["vectors"]:
        write_vectors(settings["vectors"], words_of(data), data / "vectors")
        options |= {"paths.vectors": str(data / "vectors")}
        options |= {"components.tok2vec.model.embed.include_static_vectors": True}
    config = CONFIGS / f"{settings['component']}.cfg"
    train(config, folder, overrides={**options, "system.seed": settings["seed"]})
    return score(spacy.load(folder / BEST), settings)


def _training_files(settings: Dict[str, Any]) -> List[Path]:
    taught = settings["best_structures"]
    files = [Path(settings["train_data_path"]["labelled"])]
    return [*files, Path(taught) / "text.conllu"] if taught else files


def words_of(data: Path) -> Set[str]:
    """All words that the pipeline will be trained on and scored on."""
    bins = (DocBin().from_disk(data / f"{part}.spacy").get_docs(Vocab()) for part in ("train", "dev"))
    return {token.text for found in bins for doc in found for token in doc}


def write_vectors(file: str, words: Set[str], folder: Path) -> None:
    """A blank pipeline with the vectors that a student has of these words."""
    vocab = Vocabulary()
    static = StaticVectors(vocab, file)
    entries_of = entries_in(vocab, NAMESPACE)
    assert entries_of is not None
    table = (static.table * static.scale).numpy()
    found = {word: list(entries_of(word)) for word in sorted(words)}
    rows = {word: table[entries].mean(0) for word, entries in found.items() if entries}
    nlp = spacy.blank("en")
    for word in rows:
        nlp.vocab.strings.add(word)
    nlp.vocab.vectors = Vectors(strings=nlp.vocab.strings, data=np.stack([*rows.values()]), keys=[*rows])
    nlp.to_disk(folder)


def score(nlp: Language, settings: Dict[str, Any]) -> Dict[str, float]:
    """The metrics of our models, on words as the file has them."""
    reader = DatasetReader.from_params(Params(dict(settings["reader"])))
    gold = [instance["metadata"].metadata for instance in reader.read(settings["test_data_path"])]
    predicted = list(nlp.pipe(Doc(nlp.vocab, words=metadata["words"]) for metadata in gold))
    scores = entity_scores if settings["component"] == "ner" else tree_scores
    return {f"test_{name}": value for name, value in scores(predicted, gold).items()}


def entity_scores(predicted: Sequence[Doc], gold: Sequence[Metadata]) -> Dict[str, float]:
    """F1 of exact entities and its parts."""
    tags = [iob_to_biluo([f"{t.ent_iob_}-{t.ent_type_}" if t.ent_type_ else "O" for t in doc]) for doc in predicted]
    return tag_scores(tags, gold)


def tag_scores(tags: Sequence[Sequence[str]], gold: Sequence[Metadata]) -> Dict[str, float]:
    """F1 of exact entities and its parts, of BIOUL tags."""
    types = {tag[2:] for row in [*tags, *(metadata["tags"] for metadata in gold)] for tag in row if tag != "O"}
    labels = bioul.tags(sorted(types))
    metrics = TaggingMetrics(labels)
    for ours, metadata in zip(tags, gold, strict=True):
        metrics(_ids(ours, labels), _ids(metadata["tags"], labels), torch.ones(1, len(ours), dtype=torch.bool))
    return metrics.get(reset=True)


def tree_scores(predicted: Sequence[Doc], gold: Sequence[Metadata]) -> Dict[str, float]:
    """Attachment scores as in the CoNLL 2018 shared task, and others."""
    trees = [_tree(doc) for doc in predicted]
    names = {name for _, relations in [*trees, *map(_gold_tree, gold)] for name in relations}
    labels = tuple(sorted(names))
    metrics = ParsingMetrics(labels)
    for tree, metadata in zip(trees, gold, strict=True):
        mask = torch.ones(1, len(metadata["words"]), dtype=torch.bool)
        ours, theirs = (
            Tree(torch.tensor([heads]), _ids(relations, labels)) for heads, relations in (tree, _gold_tree(metadata))
        )
        metrics(ours, theirs, mask, [metadata["words"]])
    return metrics.get(reset=True)


def _tree(doc: Doc) -> Tuple[List[int], List[str]]:
    heads = [0 if token.head == token else token.head.i + 1 for token in doc]
    return heads, [{"ROOT": "root"}.get(token.dep_, token.dep_) for token in doc]


def _gold_tree(metadata: Metadata) -> Tuple[List[int], List[str]]:
    return metadata["heads"], metadata["relations"]


def _ids(names: Sequence[str], labels: Sequence[str]) -> torch.Tensor:
    return torch.tensor([[labels.index(name) for name in names]])


def main(command_line: Optional[Sequence[str]] = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", type=Path, help="the folder of the pipeline, its data and its scores")
    arguments = parser.parse_args(command_line)
    torch.set_num_threads(1)
    scores = train_spacy(json.loads(os.environ["SYSTEM"]), arguments.out)
    (arguments.out / "metrics.json").write_text(json.dumps(scores, indent=2))


if __name__ == "__main__":
    main()
