"""Tiny pipelines of spaCy with random weights, in a folder."""

from pathlib import Path
from typing import Any, Callable, Dict

import numpy as np
import spacy
from spacy.language import Language
from spacy.tokens import Doc
from spacy.training import Example

WORDS = ["Anna", "Berg", "saw", "New", "York", "City", "."]
ENTITIES = ["B-PER", "L-PER", "O", "B-LOC", "I-LOC", "L-LOC", "O"]
TAGS = ["N", "N", "V", "N", "N", "N", "P"]
POS = ["PROPN", "PROPN", "VERB", "PROPN", "PROPN", "PROPN", "PUNCT"]
HEADS = [2, 0, 2, 5, 5, 2, 2]
RELATIONS = ["nsubj", "flat", "ROOT", "compound", "compound", "obj", "punct"]
SENTENCES = [("Anna", "saw", "it", ".", "Oslo", "slept", "."), ("Berg",), ("New", "York", "City", "saw", "Anna")]
SMALL = {
    "@architectures": "spacy.HashEmbedCNN.v2",
    "width": 8,
    "depth": 1,
    "embed_size": 50,
    "window_size": 1,
    "maxout_pieces": 2,
    "subword_features": False,
    "pretrained_vectors": None,
}


def saved(folder: Path, *factories: str, scale: float = 1.0, **options: Dict[str, Any]) -> Path:
    """
    A pipeline of these components with random weights, whose labels are those above.

    Components are called as their factories, and have the options under that name. A `tok2vec` is listened to by those
    after it. `scale` is the standard deviation of the weights.
    """
    nlp = spacy.blank("en")
    for factory in factories:
        nlp.add_pipe(factory, config=_config(nlp, factory, options.get(factory, {})))
    nlp.initialize(lambda: [_example(nlp)])
    for seed, (_, pipe) in enumerate(nlp.pipeline):
        _randomize(pipe, seed, scale)
    folder.parent.mkdir(parents=True, exist_ok=True)
    nlp.to_disk(folder)
    return folder


def ruler(folder: Path, change: Callable[[Language], Any] = lambda nlp: None) -> Path:
    """A pipeline with rules for entities."""
    nlp = spacy.blank("en")
    change(nlp)
    patterns = [{"label": "LOC", "pattern": "New York City"}, {"label": "PER", "pattern": "Anna"}]
    nlp.add_pipe("entity_ruler").add_patterns(patterns)  # type: ignore[attr-defined]
    nlp.to_disk(folder)
    return folder


def _config(nlp: Language, factory: str, options: Dict[str, Any]) -> Dict[str, Any]:
    if factory in ("tok2vec", "sentencizer") or factory.startswith("skd_"):
        return {"model": SMALL, **options} if factory == "tok2vec" else options
    if factory.endswith("parser"):
        options = {"min_action_freq": 1, **options}
    listener = {"@architectures": "spacy.Tok2VecListener.v1", "width": 8, "upstream": "*"}
    return {"model": {"tok2vec": listener if "tok2vec" in nlp.pipe_names else SMALL}, **options}


def _example(nlp: Language) -> Example:
    gold = Doc(nlp.vocab, words=WORDS, tags=TAGS, pos=POS, heads=HEADS, deps=RELATIONS, ents=_iob())
    gold.spans["sc"] = list(gold.ents)
    return Example(Doc(nlp.vocab, words=WORDS), gold)


def _iob() -> list:
    return [tag.replace("L-", "I-") for tag in ENTITIES]


def _randomize(pipe: Any, seed: int, scale: float) -> None:
    if not hasattr(pipe, "model"):
        return
    numbers = np.random.default_rng(seed)
    for layer in pipe.model.walk():
        for name in layer.param_names:
            if layer.has_param(name):
                shape = layer.get_param(name).shape
                layer.set_param(name, numbers.normal(0, scale, shape).astype("float32"))
