"""The sections of an archive's config that loading needs, without the options that only training needs."""

from typing import Any, Dict, Iterator, Optional, Tuple

from skd_plugin.archives.screening.errors import NotLoadable

_ONLY_FOR_TRAINING = (
    "initializer",
    "pretrained_file",
    "override_weights_file",
    "override_weights_strip_prefix",
    "reinit_modules",
)
_TRANSFORMERS = ("pretrained_transformer", "pretrained_transformer_mismatched", "bert_pooler")
_VOCABULARY_OPTIONS = ("type", "padding_token", "oov_token")
_REFUSED = {
    "_pretrained": "takes a module from another archive. The weights are in this archive too, so train with an "
    "`initializer` of type `pretrained` instead, which archives do not need",
    "trust_remote_code": "would let foreign code run. Use a transformer that needs no code of its own",
}


def needed_sections(config: Any, source: str) -> Dict[str, Any]:
    """
    The sections `dataset_reader` (the validation reader's, if there is one), `model`, and `vocabulary` if there is one.

    Raises `NotLoadable` if this is not the config of a trained model, or if a key leads to another archive or to code.
    """
    if not isinstance(config, dict):
        raise NotLoadable(f"The config of {source} is a {type(config).__name__}, expected a JSON object with sections.")
    try:
        return _select(config, source)
    except RecursionError as error:
        raise NotLoadable(
            f"The config of {source} is nested too deeply for the config of a model. Do not use it."
        ) from error


def sections(section: Any) -> Iterator[Dict[str, Any]]:
    """The section itself and all sections inside it, at any depth."""
    if isinstance(section, dict):
        yield section
    inner = section.values() if isinstance(section, dict) else section if isinstance(section, list) else ()
    for value in inner:
        yield from sections(value)


def entries(section: Any) -> Iterator[Tuple[str, Any]]:
    """Every key with its value, at any depth."""
    for inner in sections(section):
        yield from inner.items()


def named_transformers(config: Dict[str, Any]) -> Iterator[Tuple[str, Optional[str]]]:
    """Name and revision of each transformer whose tokenizer or configuration AllenNLP's classes may ask for."""
    arguments = {"dataset_reader": ("tokenizer_kwargs",), "model": ("tokenizer_kwargs", "transformer_kwargs")}
    for part, names in arguments.items():
        for section in sections(config[part]):
            if section.get("type") in _TRANSFORMERS:
                yield from (_name_and_revision(section, argument) for argument in names)


def _name_and_revision(section: Dict[str, Any], argument: str) -> Tuple[str, Optional[str]]:
    name, options = section.get("model_name", section.get("pretrained_model")), section.get(argument)
    revision = options.get("revision") if isinstance(options, dict) else None
    if isinstance(name, str) and (revision is None or isinstance(revision, str)):
        return name, revision
    raise NotLoadable(
        f"The config names the transformer {name!r} with the revision {revision!r}, expected two strings, or no "
        "revision. Correct them in the training config, and train the model again."
    )


def _select(config: Dict[str, Any], source: str) -> Dict[str, Any]:
    reader = config.get("validation_dataset_reader") or config.get("dataset_reader")
    sections = {"dataset_reader": reader, "model": _without_initial_weights(config.get("model"))}
    for name, section in sections.items():
        if not section or not isinstance(section, (dict, str)):
            raise NotLoadable(
                f"The config of {source} has {_describe(section)} as {name}, expected a section with a `type`. Give "
                "the archive of a model of this plugin."
            )
    vocabulary = config.get("vocabulary")
    if isinstance(vocabulary, dict):
        sections["vocabulary"] = {name: vocabulary[name] for name in _VOCABULARY_OPTIONS if name in vocabulary}
    elif isinstance(vocabulary, str):
        sections["vocabulary"] = {"type": vocabulary}
    _refuse_keys(sections, source)
    return sections


def _without_initial_weights(section: Any) -> Any:
    """Drops what the archive's weights overwrite anyway: initializers, pretrained files, and their download."""
    if isinstance(section, list):
        return [_without_initial_weights(value) for value in section]
    if not isinstance(section, dict):
        return section
    kept = {name: _without_initial_weights(value) for name, value in section.items() if name not in _ONLY_FOR_TRAINING}
    if section.get("type") in _TRANSFORMERS:
        kept["load_weights"] = False
    return kept


def _refuse_keys(sections: Dict[str, Any], source: str) -> None:
    for name, value in entries(sections):
        if name in _REFUSED:
            raise NotLoadable(f"The config of {source} has {name!r} ({value!r}), which {_REFUSED[name]}.")


def _describe(section: Any) -> str:
    return "nothing" if section is None else repr(section)
