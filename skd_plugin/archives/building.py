"""From what is kept of a model to the model and its reader, without a class that nobody vouches for."""

import tempfile
from copy import deepcopy
from pathlib import Path
from typing import Any, Dict, NamedTuple, Sequence, Type, cast

from allennlp.common.params import Params
from allennlp.common.registrable import Registrable
from allennlp.data.dataset_readers.dataset_reader import DatasetReader
from allennlp.data.vocabulary import NAMESPACE_PADDING_FILE, Vocabulary
from allennlp.models.model import Model

from skd_plugin.archives.pretrained.folders import kept_transformers
from skd_plugin.archives.pretrained.options import refuse_other_options
from skd_plugin.archives.saved import Saved, read
from skd_plugin.archives.screening.classes import Refused, class_named, only_registered, trusted_modules
from skd_plugin.archives.screening.config import kept_sections
from skd_plugin.archives.screening.errors import NotLoadable
from skd_plugin.archives.unpacking import is_plain
from skd_plugin.archives.weights import load_weights
from skd_plugin.data import SentenceReader
from skd_plugin.models import StructuredModel


class Loaded(NamedTuple):
    """`model` on the CPU, frozen and in evaluation mode, and `reader`, which makes its instances."""

    model: StructuredModel
    reader: SentenceReader


def load(path: Path, trusted: Sequence[str] = ()) -> Loaded:
    """The model in a `model.tar.gz`, or in the directory of a run; see `build`."""
    saved = read(path)
    try:
        return build(saved, trusted)
    except NotLoadable as error:
        raise NotLoadable(f"The model at {path} is not loaded. {error}") from error


def build(saved: Saved, trusted: Sequence[str] = ()) -> Loaded:
    """
    Constructs registered classes of AllenNLP and of this plugin, and no others.

    # Parameters

    saved : `Saved`
    trusted : `Sequence[str]`, optional (default = `()`)
        More modules, or packages, whose classes may be constructed, added to those of the environment's
        `SKD_TRUSTED_MODULES`. They are imported first.

    Raises `NotLoadable`, which says what was refused or did not fit.
    """
    modules = trusted_modules(trusted)
    config = kept_sections(saved.config, "this model")
    refuse_other_options(config, modules)
    try:
        with only_registered(modules), kept_transformers(saved.transformers):
            return _built(saved._replace(config=config), modules)
    except NotLoadable:
        raise
    except Refused as error:
        raise NotLoadable(str(error)) from error
    except Exception as error:  # constructors raise what they like
        raise NotLoadable(
            f"It cannot be built from its config ({type(error).__name__}: {error}). Load it with the versions of this "
            "plugin and of AllenNLP that it was trained with, or train it again."
        ) from error


def _built(saved: Saved, trusted: Sequence[str]) -> Loaded:
    sections = {"dataset_reader": (DatasetReader, SentenceReader), "model": (Model, StructuredModel)}
    for name, (base, wanted) in sections.items():
        _expect(wanted, base, saved.config[name], trusted)
    reader = DatasetReader.from_params(_params(saved.config["dataset_reader"]))
    model = Model.from_params(_params(saved.config["model"]), vocab=_vocabulary(saved, trusted))
    # As AllenNLP does: an embedding may have been extended with a vocabulary after it was configured.
    model.extend_embedder_vocab()
    load_weights(saved.weights, model)
    model.cpu().eval().requires_grad_(False)
    return Loaded(cast(StructuredModel, model), cast(SentenceReader, reader))


def _expect(wanted: type, base: Type[Registrable], section: Any, trusted: Sequence[str]) -> None:
    """Before anything is constructed."""
    name = section if isinstance(section, str) else section.get("type")
    ours = [known for known, (kind, _) in Registrable._registry[base].items() if issubclass(kind, wanted)]
    expected = f"expected one of this plugin: {', '.join(ours)}. Give the archive of a model of this plugin"
    if not isinstance(name, str) or ("." not in name and name not in base.list_available()):
        raise NotLoadable(
            f"The type of its {base.__name__} is {name!r}, which is not registered; {expected}, or, if a package of "
            "yours registers it, name that among the trusted modules."
        )
    kind, _ = class_named(base, name, trusted)
    if not issubclass(kind, wanted):
        raise NotLoadable(f"The type of its {base.__name__} is {name!r}, a {kind.__name__}; {expected}.")


def _params(section: Any) -> Params:
    # A copy, because `from_params` empties what it is given.
    return Params({"type": section} if isinstance(section, str) else deepcopy(section))


def _vocabulary(saved: Saved, trusted: Sequence[str]) -> Vocabulary:
    """As `Model.load` makes it, from a folder of its own that is removed again."""
    section: Dict[str, Any] = saved.config.get("vocabulary", {})
    kind, _ = class_named(Vocabulary, section.get("type", Vocabulary.default_implementation), trusted)
    if NAMESPACE_PADDING_FILE not in saved.vocabulary:
        raise NotLoadable(
            f"It has no vocabulary, expected at least vocabulary/{NAMESPACE_PADDING_FILE}. Pack it again."
        )
    with tempfile.TemporaryDirectory() as folder:
        for name, text in saved.vocabulary.items():
            if not is_plain(name):
                raise NotLoadable(
                    f"A file of its vocabulary is called {name!r}, expected a plain name such as tokens.txt."
                )
            (Path(folder) / name).write_bytes(text.encode("utf-8"))
        return cast(Type[Vocabulary], kind).from_files(folder, section.get("padding_token"), section.get("oov_token"))
