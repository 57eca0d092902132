"""Every option of the distiller, with wrong types and values, is refused by name when the configuration is read."""

import inspect
import math

import pytest
from allennlp.common import Params
from allennlp.common.checks import ConfigurationError
from allennlp.training import TrainerCallback

from skd_plugin.distillation import ArchivedModel, DistillationObjective, Distiller, Schedule
from skd_plugin.distillation.loss import shares
from skd_plugin.distillation.teachers.teacher import Teacher

NAN, INF = math.nan, math.inf
NO_NUMBERS = [None, True, "1", [1.0], {}, NAN, INF, -INF, 10**400]
NO_WHOLE_NUMBERS = [*NO_NUMBERS[:-1], 1.5, 1e308]
NO_STRINGS = [None, True, 1, ["a"], {}]
NO_LISTS = [None, True, 1, "ab", {"0": 1}]
NO_DICTIONARIES = [None, True, 1, [{}]]
OPTIONS = {
    "linear": {
        "start": NO_NUMBERS,
        "end": NO_NUMBERS,
        "until": [*NO_NUMBERS, 0, -0.5, 1.5, 1e308],
        "by": [*NO_STRINGS, "step"],
    },
    "cosine": {
        "start": NO_NUMBERS,
        "end": NO_NUMBERS,
        "until": [*NO_NUMBERS, 0, -0.5, 1.5, 1e308],
        "by": [*NO_STRINGS, "step"],
    },
    "stepwise": {
        "values": [*NO_LISTS, [], [1.0], [1.0, None], [1.0, "0"], [True, 1.0], [NAN, 1.0], [1.0, INF]],
        "at": [*NO_LISTS, [], [0], [1], [None], ["0.5"], [NAN], [0.5, 0.6], [[0.5]]],
        "by": [*NO_STRINGS, "step"],
    },
    "constant": {"value": NO_NUMBERS},
}
TEACHER = {
    "archive": NO_STRINGS,
    "weight": [*NO_NUMBERS, 0, -1, -1e308],
    "batch_size": [*NO_WHOLE_NUMBERS, 0, -1],
    "store": [*NO_STRINGS[1:], ""],
    "trusted_modules": [*NO_LISTS[1:], [1], [None]],
    "label_map": [*NO_DICTIONARIES[1:], {"PER": 1}, {"PER": ""}],
}
DISTILLER = {
    "teachers": [*NO_LISTS, [], ["runs/teacher"], [None], [1], [[]]],
    "objective": [*NO_DICTIONARIES, "best"],
    "interpolation": [None, True, "1", [1, 0], NAN, INF, -1e-9, -0.1, 1.5, 1e308, 10**400],
    "temperature": [None, True, "1", [1, 0], NAN, INF, 0, -2.0, 1e-300, 1e308, 10**400],
    "label_policy": [*NO_STRINGS, "ignore"],
}
NEEDED = {"stepwise": {"values": [1.0, 0.0], "at": [0.5]}, "constant": {"value": 0.5}}


def cases(options):
    return [pytest.param(name, value, id=f"{name}-{value!s:.20}") for name in options for value in options[name]]


@pytest.fixture
def archive(tmp_path):
    """The constructors look only whether there is a file."""
    path = tmp_path / "model.tar.gz"
    path.touch()
    return str(path)


def refused(build, name):
    with pytest.raises(ConfigurationError, match=name) as caught:
        build()
    assert "expected" in caught.value.message or "give at least one teacher" in caught.value.message
    return caught.value.message


def distiller(**options):
    return TrainerCallback.from_params(Params({"type": "skd_distiller", **options}), serialization_dir="run")


def test_no_option_is_forgotten():
    tables = {Schedule.by_name(kind): OPTIONS[kind] for kind in Schedule.list_available()}
    for kind, options in {**tables, Distiller: DISTILLER}.items():
        assert set(inspect.signature(kind).parameters) - {"serialization_dir"} == set(options)
    of_teachers = [*inspect.signature(Teacher).parameters, *inspect.signature(ArchivedModel).parameters]
    assert set(of_teachers) - {"model"} == set(TEACHER)
    objectives = [DistillationObjective.by_name(name) for name in DistillationObjective.list_available()]
    assert {name for kind in objectives for name in inspect.signature(kind).parameters} == {"k", "scale", "tempering"}


@pytest.mark.parametrize(
    "kind, name, value",
    [pytest.param(kind, *case.values, id=f"{kind}-{case.id}") for kind in OPTIONS for case in cases(OPTIONS[kind])],
)
def test_schedules(kind, name, value):
    refused(lambda: Schedule.from_params(Params({"type": kind, **NEEDED.get(kind, {}), name: value})), f"`{name}`")


@pytest.mark.parametrize("name, value", cases(TEACHER))
def test_teachers(archive, name, value):
    refused(lambda: Teacher.from_params(Params({"archive": archive, name: value})), f"`{name}`")


@pytest.mark.parametrize("name, value", cases(DISTILLER))
def test_the_distiller(archive, name, value):
    options = {"teachers": [{"archive": archive}], name: value}
    refused(lambda: distiller(**options), name)


@pytest.mark.parametrize("kind", ["top_k", "weighted_top_k"])
@pytest.mark.parametrize("k", [*NO_WHOLE_NUMBERS, 0, -1, 1001, 10**12], ids=str)
def test_the_number_of_best_structures(kind, k):
    refused(lambda: DistillationObjective.from_params(Params({"type": kind, "k": k})), "`k`")


@pytest.mark.parametrize("scale", [*NO_NUMBERS, 0, -1, 1e7], ids=str)
def test_the_scale(scale):
    options = {"type": "local_substructure", "scale": scale}
    refused(lambda: DistillationObjective.from_params(Params(options)), "`scale`")


@pytest.mark.parametrize("tempering", [*NO_DICTIONARIES, "both"], ids=str)
def test_the_tempering(tempering):
    options = {"type": "structural", "tempering": tempering}
    refused(lambda: DistillationObjective.from_params(Params(options)), "`tempering`")


@pytest.mark.parametrize(
    "options, message",
    [
        (
            {"interpolation": {"type": "linear", "begin": 1}},
            "LinearSchedule has no option `begin` .given as 1.. Its .* `start`",
        ),
        ({"interpolation": {"value": 0.5, "by": "epoch"}}, "ConstantSchedule has no option `by` .given as 'epoch'."),
        ({"objective": {"type": "top_1", "k": 2}}, "Top1 has no option `k` .given as 2.. It has no options."),
        ({"objective": {"type": "token_posterior", "k": 2}}, "TokenPosterior has no option `k` .* It has no options"),
        ({"objective": {"tempering": {"type": "local", "T": 2}}}, "LocalTempering has no option `T`"),
        ({"lambda": None}, "Distiller has no option `lambda` .given as null.. Its options are `teachers`, `objective`"),
    ],
)
def test_unknown_options(archive, options, message):
    with pytest.raises(ConfigurationError, match=message):
        distiller(teachers=[{"archive": archive}], **options)


def test_an_unknown_option_of_a_teacher(archive):
    with pytest.raises(
        ConfigurationError,
        match="A teacher of the type 'archive' .*has no option `wieght` .* Its options are `archive`, .*`weight`",
    ):
        distiller(teachers=[{"archive": archive, "wieght": 2}])


@pytest.mark.parametrize("kind", [None, 5, ["archive"]])
def test_a_type_of_teachers_that_is_no_name(kind):
    with pytest.raises(ConfigurationError, match="`type` of a teacher is .*, expected one of archive, "):
        distiller(teachers=[{"type": kind}])


def test_an_unknown_option_of_skd_resume():
    with pytest.raises(ConfigurationError, match="ExactResuming has no option `every` .* It has no options"):
        TrainerCallback.from_params(Params({"type": "skd_resume", "every": 2}), serialization_dir="run")


def test_messages_say_what_was_given_and_what_is_expected(archive):
    linear = {"type": "linear", "start": None}
    messages = {
        "`start` of LinearSchedule is null, expected a finite number.": {"temperature": linear},
        "`interpolation` of Distiller is true, expected a finite number, 'constant', 'linear', 'cosine', "
        "'stepwise' or a dictionary of options.": {"interpolation": True},
        "`tempering` of Structural is 'both', expected 'global', 'local' or a dictionary of options.": {
            "objective": {"tempering": "both"}
        },
        "`label_policy` of Distiller is null, expected 'error' or 'renormalize'.": {"label_policy": None},
        "`teachers` of Distiller is 'runs/teacher', expected a list.": {"teachers": "runs/teacher"},
        "The temperature is 1e-300, expected a number from 0.01 to 1000.": {"temperature": 1e-300},
    }
    for message, options in messages.items():
        assert refused(lambda given=options: distiller(**{"teachers": [{"archive": archive}], **given}), ".") == message


def test_what_is_right_is_accepted(archive):
    options = {
        "teachers": [
            {"archive": archive, "weight": 2, "store": None, "batch_size": 1, "trusted_modules": ["mine"]},
            {"archive": archive, "weight": 1e-3, "trusted_modules": None},
        ],
        "objective": {"type": "top_k", "k": 1000},
        "interpolation": {"type": "stepwise", "values": [1, 0], "at": [1e-300], "by": "epoch"},
        "temperature": 0.01,
        "label_policy": "renormalize",
    }
    assert isinstance(distiller(**options), Distiller)


def test_only_the_proportions_of_the_weights_matter(archive):
    def teachers(*weights):
        return [Teacher(ArchivedModel(archive), weight) for weight in weights]

    assert shares(teachers(1e308, 1e308)) == [0.5, 0.5]
    assert shares(teachers(1e-300)) == [1.0]
    assert shares(teachers(3, 1)) == [0.75, 0.25]
    message = "`weight` of teacher .* is 1e-300, which is 1e-300 of the sum .* expected at least 1e-06 .* Leave the"
    with pytest.raises(ConfigurationError, match=message):
        distiller(teachers=[{"archive": archive}, {"archive": archive, "weight": 1e-300}])
