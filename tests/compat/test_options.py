"""Options are checked against annotations, also those of classes that others register."""

from typing import Any, Dict, List, Optional, Union

import pytest
from allennlp.common import FromParams, Lazy, Params, Registrable
from allennlp.common.checks import ConfigurationError

from skd_plugin.compat.options import CheckedOptions, check_range


class Colour(FromParams):
    def __init__(self, name: str = "red") -> None:
        self.name = name


class Shape(CheckedOptions, Registrable):
    default_implementation = "circle"


@Shape.register("circle")
class Circle(Shape):
    def __init__(
        self,
        radius: Union[int, float] = 1,
        dashed: bool = False,
        colour: Optional[Colour] = None,
        colours: List[Colour] = [],  # noqa: B006
        points: List[List[float]] = [],  # noqa: B006
        anything: Any = None,
        names: Dict[str, int] = {},  # noqa: B006
        later: Lazy[Colour] = Lazy(Colour),
    ) -> None:
        self.given = (radius, dashed, colour, colours, points, anything, names, later)


@Shape.register("free")
class Free(Shape):
    def __init__(self, size: int = 1, **kwargs: Any) -> None:
        self.kwargs = kwargs


def build(**options):
    return Shape.from_params(Params(options))


@pytest.mark.parametrize(
    "options, message",
    [
        ({"radius": None}, "`radius` of Circle is null, expected a whole number or a finite number."),
        ({"dashed": 1}, "`dashed` of Circle is 1, expected true or false."),
        ({"dashed": None}, "`dashed` of Circle is null, expected true or false."),
        ({"colour": "red"}, "`colour` of Circle is 'red', expected a dictionary of options or null."),
        ({"colours": [{}, ["red"]]}, "Number 2 of `colours` of Circle is ['red'], expected a dictionary of options."),
        (
            {"points": [[1.0], [0.0, "1"]]},
            "Number 2 of Number 2 of `points` of Circle is '1', expected a finite number.",
        ),
        ({"type": "free", "size": 1.0}, "`size` of Free is 1.0, expected a whole number."),
    ],
)
def test_what_is_refused(options, message):
    with pytest.raises(ConfigurationError) as caught:
        build(**options)
    assert caught.value.message == message


def test_what_is_accepted():
    options = {"radius": 2.5, "dashed": True, "colour": {"name": "blue"}, "colours": [{}, {"name": "green"}]}
    unchecked = {"anything": None, "names": {"a": 1}, "later": {"name": "pink"}}
    radius, dashed, colour, colours, points, anything, names, later = build(
        points=[[0, 1]], **options, **unchecked
    ).given
    assert (radius, dashed, colour.name, [one.name for one in colours]) == (2.5, True, "blue", ["red", "green"])
    assert (points, anything, names, later.construct().name) == ([[0, 1]], None, {"a": 1}, "pink")


def test_a_class_that_takes_any_options_gets_them():
    assert build(type="free", size=2, colour="red").kwargs == {"colour": "red"}


def test_the_range_of_a_number():
    check_range("`k`", 1, 1)
    with pytest.raises(ConfigurationError, match="`k` is 0, expected a number of at least 1"):
        check_range("`k`", 0, 1)
    with pytest.raises(ConfigurationError, match="`k` is nan, expected a number from 1 to 3"):
        check_range("`k`", float("nan"), 1, 3)
