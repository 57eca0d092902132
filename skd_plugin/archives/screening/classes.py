"""While an archive is loaded, a name becomes a class only if it is registered, and defined where it is trusted."""

import importlib
import os
import sys
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, Iterator, Optional, Sequence, Tuple

from allennlp.common.registrable import Registrable
from allennlp.nn.activations import Activation

from skd_plugin.archives.screening.errors import NotLoadable

_TRUSTED: ContextVar[Optional[Tuple[str, ...]]] = ContextVar("skd_trusted_modules", default=None)
_ALWAYS_TRUSTED = ("allennlp", "skd_plugin")

# AllenNLP registers these itself; each reads, installs or unpacks something that the archive names.
_READ_MORE = {
    "allennlp.models.model.Model": "loads another archive",
    "allennlp.data.vocabulary.Vocabulary": "reads other files than the archive's own vocabulary",
    "allennlp.nn.initializers.PretrainedModelInitializer": "reads the weights of another model",
    "allennlp.modules.token_embedders.elmo_token_embedder.ElmoTokenEmbedder": "reads weights from elsewhere",
    "allennlp.data.tokenizers.spacy_tokenizer.SpacyTokenizer": "installs a package of spaCy's",
    "allennlp.data.tokenizers.sentence_splitter.SpacySentenceSplitter": "installs a package of spaCy's",
}


class Refused(Exception):
    """A class that is not loaded. No `ConfigurationError`: AllenNLP would go on with the next type of a `Union`."""


@contextmanager
def only_registered(trusted: Sequence[str]) -> Iterator[None]:
    """In this thread, names stand for registered classes of AllenNLP, this plugin, and the trusted modules only."""
    token = _TRUSTED.set(tuple(trusted))
    try:
        yield
    finally:
        _TRUSTED.reset(token)


def is_under(module: str, trusted: Sequence[str]) -> bool:
    """Whether the module is one of these, or in one of these packages."""
    return any(f"{module}.".startswith(f"{name}.") for name in trusted)


def class_named(base: Any, name: str, trusted: Sequence[str]) -> Tuple[type, Optional[str]]:
    """The class and its constructor, as `Registrable.resolve_class_name`; `Refused` if it may not be loaded."""
    found = Registrable._registry.get(base, {}).get(name)
    if found is None:
        return _class_at(base, name, trusted), None
    module = found[0].__module__
    is_activation = base is Activation and is_under(module, ("torch.nn",))
    if not is_activation and not is_under(module, (*_ALWAYS_TRUSTED, *trusted)):
        raise Refused(
            f"The {base.__name__} {name!r} is {_path(found[0])}, and {module} is not trusted. {_advice(module)}"
        )
    return found


def _class_at(base: Any, path: str, trusted: Sequence[str]) -> type:
    """The class at a dotted path, which nothing is imported for unless its module is trusted."""
    module, _, name = path.rpartition(".")
    if not module:
        raise Refused(
            f"{path!r} is not registered as a {base.__name__}. If a package of your own registers it, name the module "
            "that does so among the trusted modules."
        )
    if not is_under(module, trusted):
        raise Refused(
            f"{path!r}, given as a {base.__name__}, is not a registered name but the path of a class, and importing "
            f"and calling that could do anything. {_advice(module)}"
        )
    kind = getattr(_imported(module), name, None)
    if not isinstance(kind, type) or not issubclass(kind, base) or not is_under(kind.__module__, trusted):
        raise Refused(f"{path!r} is {kind!r}, expected a subclass of {base.__name__} that a trusted module defines.")
    return kind


def _imported(module: str) -> Any:
    try:
        return importlib.import_module(module)
    except ImportError as error:
        raise Refused(
            f"{module} is trusted but cannot be imported ({error}). Correct its name, or install it."
        ) from error


def _guarded(base: Any, name: str, trusted: Sequence[str]) -> Tuple[type, Optional[str]]:
    kind, constructor = class_named(base, name, trusted)
    why = _READ_MORE.get(_path(kind))
    if why is not None and not is_under(kind.__module__, trusted):
        raise Refused(
            f"The {base.__name__} {name!r} {why}, and what an archive names there may be anything. "
            f"{_advice(kind.__module__)}"
        )
    return kind, constructor


def _path(kind: type) -> str:
    return f"{kind.__module__}.{kind.__qualname__}"


def _advice(module: str) -> str:
    if module.partition(".")[0] in sys.stdlib_module_names:
        return "No model needs that: do not use this archive, and ask for its origin."
    return (
        f"If you trust {module}, and whoever made this archive to use it, name it among the trusted modules: "
        f"`trusted_modules: ['{module}']`, or SKD_TRUSTED_MODULES={module} in the environment."
    )


def _guard_the_registry() -> None:
    """The one place where names become classes; it stays as it was wherever no archive is being loaded."""
    original = Registrable.resolve_class_name.__func__  # type: ignore[attr-defined]

    def resolve_class_name(cls: Any, name: str) -> Any:
        trusted = _TRUSTED.get()
        return original(cls, name) if trusted is None else _guarded(cls, name, trusted)

    resolve_class_name.__doc__ = original.__doc__
    Registrable.resolve_class_name = classmethod(resolve_class_name)  # type: ignore[assignment, method-assign]


_guard_the_registry()


VARIABLE = "SKD_TRUSTED_MODULES"


def trusted_modules(named: Sequence[str]) -> Tuple[str, ...]:
    """Those named, and those of `SKD_TRUSTED_MODULES` (separated by commas), imported so that they have registered."""
    if isinstance(named, str):
        raise NotLoadable(f"The trusted modules are {named!r}, expected a list of names, such as [{named!r}].")
    of_the_environment = (name.strip() for name in os.environ.get(VARIABLE, "").split(","))
    modules = tuple(dict.fromkeys([*named, *filter(None, of_the_environment)]))
    for module in modules:
        _import(module)
    return modules


def _import(module: str) -> None:
    try:
        importlib.import_module(module)
    except Exception as error:  # a module may raise anything while it is imported
        raise NotLoadable(
            f"The trusted module {module!r} cannot be imported ({type(error).__name__}: {error}). Install it or put "
            f"its folder on PYTHONPATH, or take it out of the trusted modules or of {VARIABLE}."
        ) from error
