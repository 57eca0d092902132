"""Builds a model and its reader from a saved model, of trusted classes only."""

import tempfile
from copy import deepcopy
from pathlib import Path
from typing import Any, Dict, NamedTuple, Sequence, Type, cast

from allennlp.common.params import Params
from allennlp.common.registrable import Registrable
from allennlp.data.dataset_readers.dataset_reader import DatasetReader
from allennlp.data.vocabulary import NAMESPACE_PADDING_FILE, Vocabulary
from allennlp.models.model import Model

from skd_plugin.archives.pretrained.folders import make_transformers_from
from skd_plugin.archives.pretrained.options import refuse_unknown_options
from skd_plugin.archives.saved import SavedModel, read
from skd_plugin.archives.screening.classes import Refusal, resolve_class, restrict_classes, trusted_modules
from skd_plugin.archives.screening.config import needed_sections
from skd_plugin.archives.screening.errors import NotLoadable
from skd_plugin.archives.unpacking import is_plain_name
from skd_plugin.archives.weights import load_weights
from skd_plugin.compat.logs import without_details
from skd_plugin.data import SentenceReader
from skd_plugin.models import StructuredModel


class LoadedModel(NamedTuple):
    """A `model`, on the CPU, frozen and in evaluation mode, and the `reader` that makes its instances."""

    model: StructuredModel
    reader: SentenceReader


def load(path: Path, trusted: Sequence[str] = ()) -> LoadedModel:
    """
    The model in a `model.tar.gz`, or in the directory of a run.

    `trusted` names more modules whose classes may be constructed, as for `build`. Raises `NotLoadable`.
    """
    saved = read(path)
    try:
        return build(saved, trusted)
    except NotLoadable as error:
        raise NotLoadable(f"The model at {path} is not loaded. {error}") from error


def build(saved: SavedModel, trusted: Sequence[str] = ()) -> LoadedModel:
    """
    The model and its reader. Only registered classes of AllenNLP and of this plugin are constructed.

    # Parameters

    saved : `SavedModel`
    trusted : `Sequence[str]`, optional (default = `()`)
        More modules or packages whose classes may be constructed, in addition to those that the environment variable
        `SKD_TRUSTED_MODULES` names. They are imported first.

    Raises `NotLoadable`, which says what was refused or does not fit.
    """
    modules = trusted_modules(trusted)
    config = needed_sections(saved.config, "this model")
    refuse_unknown_options(config, modules)
    try:
        with without_details(), restrict_classes(modules), make_transformers_from(saved.transformers):
            return _construct(saved._replace(config=config), modules)
    except NotLoadable:
        raise
    except Refusal as error:
        raise NotLoadable(str(error)) from error
    except Exception as error:  # constructors raise what they like
        raise NotLoadable(
            f"It cannot be built from its config ({type(error).__name__}: {error}). Load it with the versions of this "
            "plugin and of AllenNLP that it was trained with, or train it again."
        ) from error


def _construct(saved: SavedModel, trusted: Sequence[str]) -> LoadedModel:
    sections = {"dataset_reader": (DatasetReader, SentenceReader), "model": (Model, StructuredModel)}
    for name, (base, expected) in sections.items():
        _check_type(saved.config[name], base, expected, trusted)
    reader = DatasetReader.from_params(_params(saved.config["dataset_reader"]))
    model = Model.from_params(_params(saved.config["model"]), vocab=_vocabulary(saved, trusted))
    # AllenNLP does so too: an embedding may have been extended with a vocabulary after it was configured.
    model.extend_embedder_vocab()
    load_weights(saved.weights, model)
    model.cpu().eval().requires_grad_(False)
    return LoadedModel(cast(StructuredModel, model), cast(SentenceReader, reader))


def _check_type(section: Any, base: Type[Registrable], expected: type, trusted: Sequence[str]) -> None:
    """Raises `NotLoadable` unless the section's type is a subclass of `expected`; nothing is constructed."""
    name = section if isinstance(section, str) else section.get("type")
    names = [registered for registered, (kind, _) in Registrable._registry[base].items() if issubclass(kind, expected)]
    remedy = f"expected one of this plugin: {', '.join(names)}. Give the archive of a model of this plugin"
    if name == "from_archive":
        raise NotLoadable(
            "Its config has the model 'from_archive': it continues the model of another archive, which it needs. Run "
            "its training once more with `allennlp train CONFIG -s RUN -r`, while the other archive is in its place; "
            "this version then writes an archive that stands alone."
        )
    if not isinstance(name, str) or ("." not in name and name not in base.list_available()):
        raise NotLoadable(
            f"The type of its {base.__name__} is {name!r}, which is not registered; {remedy}, or, if a package of "
            "your own registers it, name the package among the trusted modules."
        )
    kind, _ = resolve_class(base, name, trusted)
    if not issubclass(kind, expected):
        raise NotLoadable(f"The type of its {base.__name__} is {name!r}, a {kind.__name__}; {remedy}.")


def _params(section: Any) -> Params:
    # A copy, because `from_params` empties what it is given.
    return Params({"type": section} if isinstance(section, str) else deepcopy(section))


def _vocabulary(saved: SavedModel, trusted: Sequence[str]) -> Vocabulary:
    """The vocabulary as `Model.load` makes it, read from a temporary folder."""
    section: Dict[str, Any] = saved.config.get("vocabulary", {})
    kind, _ = resolve_class(Vocabulary, section.get("type", Vocabulary.default_implementation), trusted)
    if NAMESPACE_PADDING_FILE not in saved.vocabulary:
        raise NotLoadable(
            f"It has no vocabulary, expected at least vocabulary/{NAMESPACE_PADDING_FILE}. Pack the archive again."
        )
    with tempfile.TemporaryDirectory() as folder:
        for name, text in saved.vocabulary.items():
            if not is_plain_name(name):
                raise NotLoadable(
                    f"A file of its vocabulary is called {name!r}, expected a plain name such as tokens.txt. Do not "
                    "use this model, and ask where it comes from."
                )
            (Path(folder) / name).write_bytes(text.encode("utf-8"))
        return cast(Type[Vocabulary], kind).from_files(folder, section.get("padding_token"), section.get("oov_token"))
