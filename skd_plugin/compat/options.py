"""Options of a configuration that have a wrong type or an unknown name are refused, by name and with the value."""

import inspect
import json
import math
from pathlib import Path
from typing import (
    Any,
    Callable,
    ClassVar,
    Iterator,
    Literal,
    Mapping,
    NamedTuple,
    Optional,
    Sequence,
    Union,
    get_args,
    get_origin,
)

from allennlp.common import FromParams, Params, Registrable
from allennlp.common.checks import ConfigurationError

Constructor = Callable[..., Any]
Parameters = Mapping[str, inspect.Parameter]

# The trainer gives its callbacks the directory of the run, and a data loader gets what it reads.
_NO_OPTIONS = ("self", "serialization_dir", "reader", "data_path")


class CheckedOptions(FromParams):
    """
    The base of classes whose options are checked against the annotations of their constructors.

    AllenNLP itself accepts `null` for any option, takes `true` for the number 1 and a string for a list of its letters,
    and says of other wrong types only which option has one. What is checked are numbers, which have to be finite,
    strings, `bool`, `Literal`, lists, dictionaries, classes that are built from a configuration, and unions of these.
    """

    accepts_number: ClassVar[bool] = False
    """Whether a number may stand in place of a name or a dictionary of options."""

    @classmethod
    def from_params(cls, params: Params, *args: Any, **extras: Any) -> Any:
        constructor: Optional[Constructor] = extras.get("constructor_to_inspect")
        # A class with registered names only passes the options on to the class that they name.
        is_registry = constructor is None and cls in Registrable._registry
        if isinstance(params, Params) and not is_registry:
            check_options(cls.__name__, parameters_of(constructor or cls.__init__), params.params)
        return super().from_params(params, *args, **extras)


def check_range(name: str, value: float, smallest: float, largest: float = math.inf) -> None:
    """Raises `ConfigurationError` unless the number is at least `smallest` and at most `largest`."""
    if not smallest <= value <= largest:
        bounds = f"of at least {smallest}" if largest == math.inf else f"from {smallest} to {largest}"
        raise ConfigurationError(f"{name} is {value}, expected a number {bounds}.")


class _Type(NamedTuple):
    """What an annotation accepts: in words, and as a test of a value in a configuration."""

    words: str
    accepts: Callable[[Any], bool]


def parameters_of(constructor: Constructor) -> Parameters:
    """The parameters of a constructor by name."""
    return {} if constructor is object.__init__ else inspect.signature(constructor).parameters


def check_options(owner: str, parameters: Parameters, options: Mapping[str, Any]) -> None:
    """
    Raises `ConfigurationError` for an option that no parameter has, or whose value does not fit its annotation.

    # Parameters

    owner : `str`
        What messages call the class.
    parameters : `Mapping[str, inspect.Parameter]`
    options : `Mapping[str, Any]`
    """
    takes_any = any(parameter.kind is parameter.VAR_KEYWORD for parameter in parameters.values())
    known = [f"`{name}`" for name in parameters if name not in _NO_OPTIONS]
    for name, value in options.items():
        if name in parameters:
            _check_value(f"`{name}` of {owner}", value, parameters[name].annotation)
        elif not takes_any:
            expected = f"Its options are {', '.join(known)}." if known else "It has no options."
            raise ConfigurationError(f"{owner} has no option `{name}` (given as {_shown(value)}). {expected}")


def _check_value(what: str, value: Any, annotation: Any) -> None:
    type_ = _type(annotation)
    if type_ is not None and not type_.accepts(value):
        raise ConfigurationError(f"{what} is {_shown(value)}, expected {type_.words}.")
    if isinstance(value, list):
        for element_type in _element_types(annotation):
            for number, element in enumerate(value, start=1):
                _check_value(f"Number {number} of {what}", element, element_type)


def _type(annotation: Any) -> Optional[_Type]:
    """None if values of this annotation are not checked."""
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin is Union:
        types = [_type(argument) for argument in arguments]
        known = [type_ for type_ in types if type_ is not None]
        words = _one_of([type_.words for type_ in known])
        complete = len(known) == len(types)
        return _Type(words, lambda value: any(type_.accepts(value) for type_ in known)) if complete else None
    if origin is Literal:
        return _Type(_one_of([repr(argument) for argument in arguments]), lambda value: value in arguments)
    if origin is list:
        return _Type("a list", lambda value: isinstance(value, list))
    if origin is dict:
        return _Type("a dictionary", lambda value: isinstance(value, (Mapping, Params)))
    if isinstance(annotation, type) and issubclass(annotation, FromParams):
        return _built_from_configuration(annotation)
    return _SIMPLE.get(annotation) if isinstance(annotation, type) else None


def _built_from_configuration(annotation: type) -> _Type:
    by_number = getattr(annotation, "accepts_number", False)
    names = annotation.list_available() if issubclass(annotation, Registrable) else []
    forms = ["a finite number"] * by_number + [*map(repr, names), "a dictionary of options"]

    def accepts(value: Any) -> bool:
        if isinstance(value, str):
            # A name with a dot is that of a class, which AllenNLP imports.
            return value in names or bool(names) and "." in value
        return by_number and _is_number(value) or isinstance(value, (Mapping, Params, annotation))

    return _Type(_one_of(forms), accepts)


def _element_types(annotation: Any) -> Iterator[Any]:
    """The annotations of the elements, if this is the annotation of a list, or of a list or something else."""
    for one in get_args(annotation) if get_origin(annotation) is Union else [annotation]:
        if get_origin(one) is list:
            yield from get_args(one)


def _one_of(alternatives: Sequence[str]) -> str:
    *others, last = alternatives
    return f"{', '.join(others)} or {last}" if others else last


def _is_number(value: Any) -> bool:
    try:
        return isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)
    except OverflowError:  # a whole number beyond the range of float
        return False


def _shown(value: Any) -> str:
    """`null`, `true` and `false` as in a configuration, other values as Python shows them."""
    if value is None or isinstance(value, bool):
        return json.dumps(value)
    return repr(value.as_dict(quiet=True) if isinstance(value, Params) else value)


_SIMPLE = {
    float: _Type("a finite number", _is_number),
    int: _Type("a whole number", lambda value: isinstance(value, int) and not isinstance(value, bool)),
    str: _Type("a string", lambda value: isinstance(value, (str, Path))),
    bool: _Type("true or false", lambda value: isinstance(value, bool)),
    type(None): _Type("null", lambda value: value is None),
}
