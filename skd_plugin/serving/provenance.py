"""Where a model comes from, as far as its archive and the folder of its run say so: data, teachers, scores."""

import json
from pathlib import Path
from typing import Any, Dict, Iterator, List, NamedTuple, Optional

from skd_plugin.archives import TEACHERS_FILE, base_name, read_config
from skd_plugin.archives.screening.config import named_transformers, needed_sections
from skd_plugin.compat.continuing import STANDALONE

_DATA = {"training": "train_data_path", "validation": "validation_data_path"}
# The options of a model that commands write into a finished archive.
_WRITTEN_LATER = ("decoding", "temperature")
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
        The names of the files for "training" and for "validation".
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
    """

    kind: str
    transformers: List[str]
    data: Dict[str, List[str]]
    teachers: List[Dict[str, str]]
    distillation: Dict[str, Any]
    metrics: Dict[str, Any]
    decoding: Any
    temperature: Any = None


def provenance(archive: Path) -> Provenance:
    """
    What the model at `archive` says of its training: a `model.tar.gz` or the directory of a run.

    The metrics and the teachers' fingerprints are beside an archive, in the folder of its run. They are read if the
    config there is that of the archive. Raises `NotLoadable` if the archive cannot be read.
    """
    config = read_config(archive)
    run = _run_of(archive, config)
    distiller = _distiller(config)
    model = config["model"]
    decoding, temperature = (_section(model).get(name) for name in _WRITTEN_LATER)
    data = {part: sorted(set(_names(config.get(key)))) for part, key in _DATA.items()}
    return Provenance(
        model if isinstance(model, str) else str(model.get("type", "")),
        sorted({base_name(name) for name, _ in named_transformers(needed_sections(config, str(archive)))}),
        {part: names for part, names in data.items() if names},
        _teachers(distiller, _read(run.folder / TEACHERS_FILE) if run else None),
        {name: _without_paths(distiller[name]) for name in _SETTINGS if name in distiller},
        _section(_read(run.folder / "metrics.json") if run and _same_entities(run, decoding, temperature) else None),
        decoding,
        temperature,
    )


class _Run(NamedTuple):
    """The folder of a run, and the decoding and the temperature in its config."""

    folder: Path
    decoding: Any
    temperature: Any


def _run_of(archive: Path, config: Dict[str, Any]) -> Optional[_Run]:
    """The run that has written the archive, if the archive is still there. It may have been calibrated since."""
    folder = archive if archive.is_dir() else archive.parent
    for name in (STANDALONE, "config.json"):
        of_run = _section(_read(folder / name))
        if _as_trained(of_run) == _as_trained(config):
            return _Run(folder, *(_section(of_run.get("model")).get(name) for name in _WRITTEN_LATER))
    return None


def _same_entities(run: _Run, decoding: Any, temperature: Any) -> bool:
    """Whether the run's model returns the entities of one with this decoding and temperature."""
    return run.decoding == decoding and (decoding in _BEST or run.temperature == temperature)


def _as_trained(config: Dict[str, Any]) -> Dict[str, Any]:
    model = config.get("model")
    if not isinstance(model, dict):
        return config
    return {**config, "model": {name: value for name, value in model.items() if name not in _WRITTEN_LATER}}


def _read(path: Path) -> Any:
    """The content of a JSON file; None if there is none."""
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return None


def _distiller(config: Dict[str, Any]) -> Dict[str, Any]:
    callbacks = _section(config.get("trainer")).get("callbacks")
    sections = map(_section, callbacks if isinstance(callbacks, list) else [])
    return next((section for section in sections if section.get("type") == "skd_distiller"), {})


def _teachers(distiller: Dict[str, Any], recorded: Any) -> List[Dict[str, str]]:
    sections = distiller.get("teachers")
    archives = [_section(section).get("archive") for section in (sections if isinstance(sections, list) else [])]
    teachers = [{"name": base_name(archive)} for archive in archives if isinstance(archive, str)]
    if isinstance(recorded, list) and [_section(teacher).get("name") for teacher in recorded] == [
        teacher["name"] for teacher in teachers
    ]:
        return [{name: str(value) for name, value in teacher.items()} for teacher in recorded]
    return teachers


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
