"""What earlier files give today, as JSON: predictions, distributions, annotations, and the names that users write."""

import json
from pathlib import Path
from typing import Any, Dict, List

import pytest
import torch

from skd_plugin import archives
from skd_plugin.distillation import ArchivedModel, Teacher
from tests.commands import allennlp
from tests.serving import run

Words = List[str]

ANNOTATE = """
import json, sys
import spacy

def annotations(doc):
    return {
        "words": [token.text for token in doc],
        "sentence_starts": [sentence.start for sentence in doc.sents],
        "tags": [token.pos_ for token in doc],
        "tag_probabilities": [token._.skd_tag_probability for token in doc],
        "heads": [token.head.i for token in doc],
        "relations": [token.dep_ for token in doc],
        "arc_probabilities": [token._.skd_arc_probability for token in doc],
        "entities": [[entity.start, entity.end, entity.label_] for entity in doc.ents],
        "entity_probabilities": doc.spans["skd"].attrs["scores"],
    }

print(json.dumps([annotations(doc) for doc in spacy.load(sys.argv[1]).pipe(json.loads(sys.argv[2]))]))
"""

NAMES = """
import inspect, json
from importlib.metadata import entry_points
from allennlp.common.plugins import import_plugins
from allennlp.common.registrable import Registrable
from skd_plugin import structures

def options(kind):
    found = set()
    for base in kind.__mro__:
        if "__init__" in vars(base):
            parameters = inspect.signature(base.__init__).parameters.values()
            found |= {p.name for p in parameters if p.kind in (p.POSITIONAL_OR_KEYWORD, p.KEYWORD_ONLY)}
            if not any(p.kind is p.VAR_KEYWORD for p in parameters):
                break  # AllenNLP looks no further either
    return sorted(found - {"self"})

def registered(kinds):
    return {name: options(kind) for name, (kind, _) in kinds.items() if kind.__module__.startswith("skd_plugin.")}

def loaded(group):
    own = (e for e in entry_points(group=group) if e.dist.name.replace("-", "_") == "skd_plugin")
    return sorted({e.name for e in own if e.load()})

import_plugins()
found = {base.__name__: registered(kinds) for base, kinds in Registrable._registry.items()}
print(json.dumps({
    "structures": sorted(name for name in structures.__all__ if hasattr(structures, name)),
    "registered": {base: kinds for base, kinds in found.items() if kinds},
    "entry_points": {group: loaded(group) for group in ("spacy_factories", "spacy_scorers")},
}))
"""


def predictions(archive: Path, sentences: List[Words], folder: Path) -> List[Dict[str, Any]]:
    """What `allennlp predict` writes, for which AllenNLP itself loads the archive."""
    given, written = folder / "sentences.jsonl", folder / "predictions.jsonl"
    given.write_text("".join(json.dumps({"words": words}) + "\n" for words in sentences), encoding="utf-8")
    options = ["--silent", *_as_json(archive)]
    allennlp("predict", archive, given, "--output-file", written, *options)
    return [json.loads(line) for line in written.read_text(encoding="utf-8").splitlines()]


def outputs(archive: Path, sentences: List[Words]) -> List[Dict[str, Any]]:
    """The output of the model that this plugin loads."""
    model, reader = archives.load(archive)
    instances = [reader.text_to_instance(words) for words in sentences]
    for instance in instances:
        reader.apply_token_indexers(instance)
    return model.forward_on_instances(instances)


def distributions(teacher: Teacher, sentences: List[Words]) -> Dict[str, Any]:
    """Numbers that together depend on every potential of the teacher."""
    found = teacher([tuple(words) for words in sentences])
    return {
        "kind": type(found).__name__,
        "labels": list(found.labels),
        "log_partition": found.log_partition.tolist(),
        "entropy": found.entropy.tolist(),
        "log_probabilities_of_the_best_two": found.n_best(2).log_probabilities.tolist(),
    }


def opened(archive: Path, **options: Any) -> Teacher:
    teacher = Teacher(ArchivedModel(str(archive)), **options)
    teacher.open(torch.device("cpu"))
    return teacher


def annotations(pipeline: Path, texts: List[str], folder: Path) -> List[Dict[str, Any]]:
    """What a program annotates that knows only spaCy."""
    return json.loads(run(folder / "annotate.py", ANNOTATE, pipeline, json.dumps(texts)))


def names(folder: Path) -> Dict[str, Any]:
    """The names that configurations, stores and saved pipelines refer to, with the options of what is registered."""
    (folder / ".allennlp_plugins").write_text("skd_plugin.plugin\n")
    return json.loads(run(folder / "names.py", NAMES))


def assert_same(found: Any, expected: Any) -> None:
    """Equal, numbers up to 1e-4. What is new in a dictionary is not looked at."""
    if isinstance(expected, dict):
        for key, value in expected.items():
            assert key in found, f"there is no {key!r}, but {sorted(found)}"
            assert_same(found[key], value)
    elif isinstance(expected, list):
        assert len(found) == len(expected), f"{found} in place of {expected}"
        for one, other in zip(found, expected):
            assert_same(one, other)
    elif isinstance(expected, float):
        assert found == pytest.approx(expected, rel=1e-4, abs=1e-4)
    else:
        assert found == expected


def _as_json(archive: Path) -> List[str]:
    """Taggers have no other output than JSON, and no option for it."""
    return ["--predictor-args", '{"output": "json"}'] if "parser" in archive.name else []
