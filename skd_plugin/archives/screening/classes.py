"""
Which classes the config of an archive may name.

While an archive is loaded, a name becomes a class only if the class is registered and defined in a trusted module:
in AllenNLP, in this plugin, or in a module that the user names. Elsewhere AllenNLP's registry works as usual.
"""

import importlib
import os
import sys
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, Iterator, Optional, Sequence, Tuple

from allennlp.common.registrable import Registrable
from allennlp.nn.activations import Activation

from skd_plugin.archives.screening.errors import NotLoadable

VARIABLE = "SKD_TRUSTED_MODULES"

_ALWAYS_TRUSTED = ("allennlp", "skd_plugin")

# AllenNLP registers these itself. Each of them reads, installs or unpacks something that the archive names.
_READ_MORE = {
    "allennlp.models.model.Model": "loads another archive",
    "allennlp.data.vocabulary.Vocabulary": "reads other files than the archive's own vocabulary",
    "allennlp.nn.initializers.PretrainedModelInitializer": "reads the weights of another model",
    "allennlp.modules.token_embedders.elmo_token_embedder.ElmoTokenEmbedder": "reads weights from elsewhere",
    "allennlp.data.tokenizers.spacy_tokenizer.SpacyTokenizer": "installs a spaCy package",
    "allennlp.data.tokenizers.sentence_splitter.SpacySentenceSplitter": "installs a spaCy package",
}

_TRUSTED: ContextVar[Optional[Tuple[str, ...]]] = ContextVar("skd_trusted_modules", default=None)


class Refusal(Exception):
    """
    A class must not be loaded.

    This is not a `ConfigurationError`: after one of those AllenNLP would try the next type of a `Union`.
    """


def trusted_modules(named: Sequence[str]) -> Tuple[str, ...]:
    """
    The modules that the user trusts: those named, and those in `SKD_TRUSTED_MODULES`, separated by commas.

    They are imported, so that they have registered their classes.
    """
    if isinstance(named, str):
        raise NotLoadable(f"The trusted modules are {named!r}, expected a list of names, such as [{named!r}].")
    in_environment = (name.strip() for name in os.environ.get(VARIABLE, "").split(","))
    modules = tuple(dict.fromkeys([*named, *filter(None, in_environment)]))
    for module in modules:
        try:
            importlib.import_module(module)
        except Exception as error:  # a module may raise anything while it is imported
            raise NotLoadable(
                f"The trusted module {module!r} cannot be imported ({type(error).__name__}: {error}). Install it or "
                f"put its folder on PYTHONPATH, or remove it from the trusted modules or from {VARIABLE}."
            ) from error
    return modules


def is_under(module: str, trusted: Sequence[str]) -> bool:
    """Whether the module is one of these modules, or is inside one of these packages."""
    return any(f"{module}.".startswith(f"{name}.") for name in trusted)


@contextmanager
def restrict_classes(trusted: Sequence[str]) -> Iterator[None]:
    """Inside, in this thread, names stand only for registered classes of AllenNLP, this plugin, and these modules."""
    token = _TRUSTED.set(tuple(trusted))
    try:
        yield
    finally:
        _TRUSTED.reset(token)


def resolve_class(base: Any, name: str, trusted: Sequence[str]) -> Tuple[type, Optional[str]]:
    """The class and its constructor, as `Registrable.resolve_class_name` gives them; raises `Refusal`."""
    entry = Registrable._registry.get(base, {}).get(name)
    if entry is None:
        return _class_at(base, name, trusted), None
    module = entry[0].__module__
    is_activation = base is Activation and is_under(module, ("torch.nn",))
    if not is_activation and not is_under(module, (*_ALWAYS_TRUSTED, *trusted)):
        raise Refusal(
            f"The {base.__name__} {name!r} is {_path(entry[0])}, and {module} is not trusted. {_advice(module)}"
        )
    return entry


def _class_at(base: Any, path: str, trusted: Sequence[str]) -> type:
    """The class at a dotted path. Nothing is imported unless the class's module is trusted."""
    module, _, name = path.rpartition(".")
    if not module:
        raise Refusal(
            f"{path!r} is not registered as a {base.__name__}. If a package of your own registers it, name the module "
            "that does so among the trusted modules."
        )
    if not is_under(module, trusted):
        raise Refusal(
            f"{path!r}, given as a {base.__name__}, is not a registered name but the path of a class. Importing and "
            f"calling it could do anything. {_advice(module)}"
        )
    try:
        kind = getattr(importlib.import_module(module), name, None)
    except ImportError as error:
        raise Refusal(
            f"{module} is trusted but cannot be imported ({error}). Correct its name, or install it."
        ) from error
    if not isinstance(kind, type) or not issubclass(kind, base) or not is_under(kind.__module__, trusted):
        raise Refusal(f"{path!r} is {kind!r}, expected a subclass of {base.__name__} that a trusted module defines.")
    return kind


def _resolve_harmless_class(base: Any, name: str, trusted: Sequence[str]) -> Tuple[type, Optional[str]]:
    """The class and its constructor, but none of those that read more than the archive."""
    kind, constructor = resolve_class(base, name, trusted)
    reason = _READ_MORE.get(_path(kind))
    if reason is not None and not is_under(kind.__module__, trusted):
        raise Refusal(
            f"The {base.__name__} {name!r} {reason}, and the archive could name anything there. "
            f"{_advice(kind.__module__)}"
        )
    return kind, constructor


def _path(kind: type) -> str:
    return f"{kind.__module__}.{kind.__qualname__}"


def _advice(module: str) -> str:
    if module.partition(".")[0] in sys.stdlib_module_names:
        return "No model needs that: do not use this archive, and ask where it comes from."
    return (
        f"If you trust {module}, and whoever made this archive to use it, name it among the trusted modules: "
        f"`trusted_modules: ['{module}']`, or SKD_TRUSTED_MODULES={module} in the environment."
    )


def _guard_the_registry() -> None:
    """Wraps the one method in which names become classes. Outside `restrict_classes` it behaves as before."""
    original = Registrable.resolve_class_name.__func__  # type: ignore[attr-defined]

    def resolve_class_name(cls: Any, name: str) -> Any:
        trusted = _TRUSTED.get()
        return original(cls, name) if trusted is None else _resolve_harmless_class(cls, name, trusted)

    resolve_class_name.__doc__ = original.__doc__
    Registrable.resolve_class_name = classmethod(resolve_class_name)  # type: ignore[assignment, method-assign]


_guard_the_registry()
