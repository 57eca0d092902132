"""Where a model comes from, as far as its archive and the folder of its run say so: data, teachers, scores."""

import json
from pathlib import Path
from typing import Any, Dict, Iterator, List, NamedTuple, Optional, Tuple

from skd_plugin.archives import METRICS_FILE, TEACHERS_FILE, TRAINING_FILE, base_name, read_config, read_notes
from skd_plugin.archives.screening.config import named_transformers, needed_sections
from skd_plugin.cards.facts import Facts, facts_from_json
from skd_plugin.compat.continuing import STANDALONE

WRITTEN_LATER = ("decoding", "temperature")
"""The options of a model that commands write into a finished archive."""

_DATA = {"training": "train_data_path", "validation": "validation_data_path", "test": "test_data_path"}
# The decoding that does not depend on probabilities, as a config may say it.
_BEST = (None, "most_probable", {"type": "most_probable"})
_SETTINGS = ("objective", "interpolation", "temperature", "label_policy")


class Provenance(NamedTuple):
    """
    What is known of a model's training. Files are named by their base names, and what is not known is empty.

    # Parameters

    kind : `str`
        The registered name of the model.
    transformers : `List[str]`
        The names of its transformers.
    data : `Dict[str, List[str]]`
        The names of the files for "training" and for "validation", and for "test" if the training has ended with one.
    teachers : `List[Dict[str, str]]`
        The `name` of each teacher of a distilled student, and its `fingerprint`, if the run has recorded it.
    distillation : `Dict[str, Any]`
        The options of the distiller that the config of the run has set: objective, λ, T, and the policy for labels.
    metrics : `Dict[str, Any]`
        Those of the run, if its model returns the same entities as this one.
    decoding : `Any`
        Which entities the model returns, if its config says it.
    temperature : `Any`
        What its scores are divided by, if its config says it.
    facts : `Facts`
        What the run has recorded.
    recipe : `Dict[str, Any]`
        The section "trainer" of the config, without its callbacks, and the section "data_loader".
    changed : `Tuple[str, ...]`
        Those of `WRITTEN_LATER` that differ from what they were in the training. Empty if that is not known.
    """

    kind: str
    transformers: List[str]
    data: Dict[str, List[str]]
    teachers: List[Dict[str, str]]
    distillation: Dict[str, Any]
    metrics: Dict[str, Any]
    decoding: Any
    temperature: Any = None
    facts: Facts = Facts()
    recipe: Dict[str, Any] = {}
    changed: Tuple[str, ...] = ()


def provenance(archive: Path) -> Provenance:
    """
    What the model at `archive` says of its training: a `model.tar.gz` or the directory of a run.

    The metrics, the teachers' fingerprints, and what else was recorded are in the archive. Archives of version 0.1.0
    lack them: they are then read in the folder that the archive is in, if the config there is that of the archive.
    Raises `NotLoadable` if the archive cannot be read.
    """
    config = read_config(archive)
    record = _recorded(archive) or _record_beside(archive, config)
    distiller = _distiller(config)
    model = config["model"]
    options = {name: _section(model).get(name) for name in WRITTEN_LATER}
    data = {part: sorted(set(_names(config.get(key)))) for part, key in _DATA.items()}
    tested = config.get("evaluate_on_test") is True
    return Provenance(
        model if isinstance(model, str) else str(model.get("type", "")),
        sorted({base_name(name) for name, _ in named_transformers(needed_sections(config, str(archive)))}),
        {part: names for part, names in data.items() if names and (part != "test" or tested)},
        _teachers(distiller, record.teachers if record else None),
        {name: _without_paths(distiller[name]) for name in _SETTINGS if name in distiller},
        record.metrics if record and _same_entities(record.options, options) else {},
        options["decoding"],
        options["temperature"],
        record.facts if record else Facts(),
        _recipe(config),
        tuple(name for name in WRITTEN_LATER if record and not _same(name, record.options, options)),
    )


class _Record(NamedTuple):
    """What a run has written, and the decoding and the temperature in its config."""

    metrics: Dict[str, Any]
    teachers: Any
    facts: Facts
    options: Dict[str, Any]


def _recorded(archive: Path) -> Optional[_Record]:
    """What is in the archive itself."""
    notes = {name: _json(text) for name, text in read_notes(archive).items() if name.endswith(".json")}
    facts = facts_from_json(notes.get(TRAINING_FILE))
    if facts.options is None:
        return None
    return _Record(_section(notes.get(METRICS_FILE)), notes.get(TEACHERS_FILE), facts, facts.options)


def _record_beside(archive: Path, config: Dict[str, Any]) -> Optional[_Record]:
    """What the run that has written the archive has beside it. The archive may have been calibrated since."""
    folder = archive if archive.is_dir() else archive.parent
    of_run = run_config(folder)
    if not of_run or _as_trained(of_run) != _as_trained(config):
        return None
    metrics, teachers = (_read(folder / name) for name in (METRICS_FILE, TEACHERS_FILE))
    return _Record(_section(metrics), teachers, Facts(), _section(of_run.get("model")))


def run_config(run: Path) -> Dict[str, Any]:
    """The config of a run that goes into its archive; empty if there is none."""
    return next((config for name in (STANDALONE, "config.json") if (config := _section(_read(run / name)))), {})


def _same(name: str, some: Dict[str, Any], others: Dict[str, Any]) -> bool:
    ours, theirs = some.get(name), others.get(name)
    defaults: Tuple[Any, ...] = _BEST if name == "decoding" else (None, 1)
    return ours == theirs or (ours in defaults and theirs in defaults)


def _same_entities(trained: Dict[str, Any], options: Dict[str, Any]) -> bool:
    """Whether models with these options return the same entities."""
    return _same("decoding", trained, options) and (
        options.get("decoding") in _BEST or _same("temperature", trained, options)
    )


def _as_trained(config: Dict[str, Any]) -> Dict[str, Any]:
    model = config.get("model")
    if not isinstance(model, dict):
        return config
    return {**config, "model": {name: value for name, value in model.items() if name not in WRITTEN_LATER}}


def _recipe(config: Dict[str, Any]) -> Dict[str, Any]:
    trainer = {name: value for name, value in _section(config.get("trainer")).items() if name != "callbacks"}
    recipe = {"trainer": trainer, "data_loader": _section(config.get("data_loader"))}
    return {name: _without_paths(section) for name, section in recipe.items() if section}


def _read(path: Path) -> Any:
    """The content of a JSON file; None if there is none."""
    try:
        return _json(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None


def _json(text: str) -> Any:
    """The content; None if this is no JSON."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def _distiller(config: Dict[str, Any]) -> Dict[str, Any]:
    callbacks = _section(config.get("trainer")).get("callbacks")
    sections = map(_section, callbacks if isinstance(callbacks, list) else [])
    return next((section for section in sections if section.get("type") == "skd_distiller"), {})


def _teachers(distiller: Dict[str, Any], recorded: Any) -> List[Dict[str, str]]:
    sections = distiller.get("teachers")
    given = [_section(section) for section in (sections if isinstance(sections, list) else [])]
    if isinstance(recorded, list) and len(recorded) == len(given) and all(map(_is_named, recorded)):
        return [{name: str(value) for name, value in teacher.items()} for teacher in recorded]
    # Models of other libraries have a type in place of an archive.
    names = [section.get("archive") or section.get("type") for section in given]
    return [{"name": base_name(name)} for name in names if isinstance(name, str)]


def _is_named(teacher: Any) -> bool:
    return isinstance(_section(teacher).get("name"), str)


def _names(section: Any) -> Iterator[str]:
    """The base names of all paths in a section, which may be a path, a list, or a dictionary of these."""
    if isinstance(section, str):
        yield base_name(section)
    inner = section.values() if isinstance(section, dict) else section if isinstance(section, list) else ()
    for value in inner:
        yield from _names(value)


def _without_paths(section: Any) -> Any:
    if isinstance(section, dict):
        return {name: _without_paths(value) for name, value in section.items()}
    if isinstance(section, list):
        return [_without_paths(value) for value in section]
    return base_name(section) if isinstance(section, str) else section


def _section(value: Any) -> Dict[str, Any]:
    return value if isinstance(value, dict) else {}
