"""The meta data of an exported pipeline, under the names that spaCy's own pipelines use."""

import re
from pathlib import Path
from typing import Any, Dict, List, Mapping, Tuple

from spacy.language import Language
from spacy.util import get_minor_version_range

from skd_plugin.cards import Provenance, provenance
from skd_plugin.compat.environment import ALLENNLP, DISTRIBUTION, installed_version

_KINDS = {"skd_ner": "entities", "skd_parser": "dependencies", "skd_tagger": "tags"}
_SCORES = {
    "skd_ner": {"precision-overall": "ents_p", "recall-overall": "ents_r", "f1-measure-overall": "ents_f"},
    # spaCy compares whole relations.
    "skd_parser": {"UAS": "dep_uas", "LAS_subtypes": "dep_las"},
    "skd_tagger": {"accuracy": "{attribute}_acc"},
}
_VALIDATION = "best_validation_"


def requirements() -> List[str]:
    """What every pipeline with components of this plugin needs beside spaCy."""
    ours = installed_version(DISTRIBUTION)
    return [f"{DISTRIBUTION}{get_minor_version_range(ours) if ours else ''}", ALLENNLP]


def add_meta(nlp: Language, archives: Mapping[str, Path]) -> Dict[str, Provenance]:
    """
    Says in `nlp.meta` what the pipeline does, needs and comes from. Returns what is known of each model.

    # Parameters

    nlp : `Language`
    archives : `Mapping[str, Path]`
        The archive of each component, by the component's name.
    """
    known = {name: provenance(archive) for name, archive in archives.items()}
    nlp.meta["description"] = _description(nlp, known)
    nlp.meta["requirements"] = requirements()
    nlp.meta["sources"] = _sources(known)
    nlp.meta["performance"] = _performance(nlp, known)
    if nlp.meta["performance"]:
        nlp.meta["notes"] = (
            "The scores are those of the validation data on which the models were chosen, with the words as they are "
            "split there. Punctuation counts in `dep_uas` and `dep_las`."
        )
    nlp.meta[DISTRIBUTION] = {
        "versions": _versions(any(one.transformers for one in known.values())),
        "components": {name: _training(one) for name, one in known.items()},
    }
    return known


def _description(nlp: Language, known: Mapping[str, Provenance]) -> str:
    parts = [f"{_KINDS[nlp.get_pipe_meta(name).factory]} ({one.kind})" for name, one in known.items()]
    distilled = ", by structural knowledge distillation" if any(one.teachers for one in known.values()) else ""
    return f"Finds {' and '.join(parts)}, trained with {DISTRIBUTION}{distilled}."


def _sources(known: Mapping[str, Provenance]) -> List[Dict[str, str]]:
    """Each file and each teacher once, with all that it is for."""
    uses: Dict[Tuple[str, str], List[str]] = {}
    for component, one in known.items():
        for part, names in one.data.items():
            for name in names:
                uses.setdefault((name, ""), []).append(f"{part} data of {component}")
        for teacher in one.teachers:
            uses.setdefault((teacher["name"], teacher.get("fingerprint", "")), []).append(f"teacher of {component}")
    sources = [
        {"name": name, "description": ", ".join(parts), "fingerprint": fingerprint}
        for (name, fingerprint), parts in uses.items()
    ]
    return [{key: value for key, value in source.items() if value} for source in sources]


def _performance(nlp: Language, known: Mapping[str, Provenance]) -> Dict[str, Any]:
    performance: Dict[str, Any] = {}
    for name, one in known.items():
        metrics = {
            metric.removeprefix(_VALIDATION): float(value)
            for metric, value in one.metrics.items()
            if metric.startswith(_VALIDATION) and isinstance(value, (int, float))
        }
        factory, options = nlp.get_pipe_meta(name).factory, nlp.get_pipe_config(name)
        for metric, score in _SCORES[factory].items():
            if metric in metrics:
                performance[score.format(**options)] = metrics[metric]
        if factory == "skd_ner" and (types := _per_type(metrics)):
            performance["ents_per_type"] = types
    return performance


def _per_type(metrics: Mapping[str, float]) -> Dict[str, Dict[str, float]]:
    per_type: Dict[str, Dict[str, float]] = {}
    for metric, value in metrics.items():
        match = re.fullmatch(r"(precision|recall|f1-measure)-(.+)", metric)
        if match and match[2] != "overall":
            per_type.setdefault(match[2], {})[match[1][0]] = value
    return per_type


def _versions(with_transformers: bool) -> Dict[str, str]:
    """The versions with which the pipeline was made. Those of its training are not known."""
    names = [DISTRIBUTION, "allennlp", "torch", *(["transformers"] if with_transformers else [])]
    return {name: version for name in names if (version := installed_version(name))}


def _training(one: Provenance) -> Dict[str, Any]:
    distillation = {"teachers": one.teachers, **one.distillation} if one.teachers else {}
    parts = {
        "model": one.kind,
        "decoding": one.decoding,
        "temperature": one.temperature,
        "transformers": one.transformers,
        "data": one.data,
        "distillation": distillation,
    }
    return {name: value for name, value in parts.items() if value}
