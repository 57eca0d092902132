"""The systems of a report: trained models that differ in nothing but their seeds are one system."""

import json
import re
from pathlib import Path
from typing import Any, Dict, List, NamedTuple, Optional, Sequence, Set, Tuple

from allennlp.common.checks import ConfigurationError

from skd_plugin.archives import LoadedModel, NotLoadable, base_name, load, read_config
from skd_plugin.compat.configuration import configuration_errors

SEEDS = ("random_seed", "numpy_seed", "pytorch_seed")
ARCHIVE, WEIGHTS = "model.tar.gz", "weights.th"


class Run(NamedTuple):
    """
    One trained model.

    name : the name of its folder
    path : the archive, or the folder that an archive was unpacked to
    folder : the folder of its run, with its metrics, if they are there
    config : the whole config
    """

    name: str
    path: Path
    folder: Path
    config: Dict[str, Any]

    def load(self) -> LoadedModel:
        """The model and its reader. Raises `ConfigurationError` if it cannot be read."""
        with configuration_errors(NotLoadable):
            return load(self.path)


class System(NamedTuple):
    """Runs of one config with different seeds, in the order in which they were given."""

    name: str
    runs: Tuple[Run, ...]


class Systems(NamedTuple):
    """All systems, and which of them is the baseline and which the teacher, if any."""

    systems: Tuple[System, ...]
    baseline: Optional[System]
    teacher: Optional[System]

    @property
    def students(self) -> List[System]:
        """All but the baseline and the teacher."""
        return [system for system in self.systems if system not in (self.baseline, self.teacher)]

    @property
    def runs(self) -> List[Run]:
        return [run for system in self.systems for run in system.runs]


def find_systems(runs: Sequence[str], baseline: Sequence[str] = (), teacher: Sequence[str] = ()) -> Systems:
    """
    The systems that are meant. Raises `ConfigurationError` for a run that is not there, or has not ended.

    # Parameters

    runs : `Sequence[str]`
        Each is the folder of a run or its archive, or `NAME=RUN,RUN,…`, which makes the runs one system. The others
        are one system if their configs are the same but for the seeds.
    baseline, teacher : `Sequence[str]`, optional (default = `()`)
        More runs, given in the same way, or the name of a system, or one of its runs. They have to be one system.
    """
    named: Dict[str, List[Run]] = {}
    alike: Dict[str, List[Run]] = {}
    known: Set[Path] = set()
    for text in [*runs, *(one for one in (*baseline, *teacher) if not _is_name(one, runs))]:
        name, paths = _split(text)
        for run in map(_read_run, paths):
            if run.path.absolute() not in known:
                known.add(run.path.absolute())
                group, key = (named, name) if name else (alike, _without_seeds(run.config))
                group.setdefault(key, []).append(run)
    systems = [System(name, tuple(some)) for name, some in named.items()]
    systems += [System(_common_name(some), tuple(some)) for some in alike.values()]
    systems = _with_different_names(systems)
    return Systems(tuple(systems), _chosen(systems, baseline, "--baseline"), _chosen(systems, teacher, "--teacher"))


def _is_name(text: str, runs: Sequence[str]) -> bool:
    return not Path(text).exists() and any(text == _split(one)[0] for one in runs)


def _split(text: str) -> Tuple[str, List[str]]:
    """The name, empty if there is none, and the paths."""
    name, sign, paths = text.partition("=")
    if not sign or Path(text).exists():
        return "", [text]
    if not name or not all(paths.split(",")):
        raise ConfigurationError(f"{text!r} is not a system. Expected NAME=RUN,RUN,…, or the path of one run.")
    return name, paths.split(",")


def _read_run(text: str) -> Run:
    path = Path(text)
    if not path.exists():
        raise ConfigurationError(
            f"There is no run at {text}. Give the folder of a run (`allennlp train CONFIG -s FOLDER`), or its "
            f"{ARCHIVE}."
        )
    if path.is_dir() and not (path / ARCHIVE).is_file() and not (path / WEIGHTS).is_file():
        raise ConfigurationError(
            f"The run in {text} has not ended: it has no {ARCHIVE}. Go on with `allennlp train CONFIG -s {text} -r`, "
            "or leave it out."
        )
    if path.is_dir() and (path / ARCHIVE).is_file():
        path = path / ARCHIVE
    with configuration_errors(NotLoadable):
        config = read_config(path)
    return Run(base_name(str(path.absolute())), path, path if path.is_dir() else path.parent, config)


def _without_seeds(config: Dict[str, Any]) -> str:
    return json.dumps({key: value for key, value in config.items() if key not in SEEDS}, sort_keys=True)


def _common_name(runs: Sequence[Run]) -> str:
    """What the names have in common, such as `student` of `student_1` and `student_2`."""
    first, *others = (run.name for run in runs)
    if not others:
        return first
    length = next((i for i, letters in enumerate(zip(first, *others)) if len(set(letters)) > 1), len(first))
    return re.sub(r"[\W_]+$", "", first[:length]) or first


def _with_different_names(systems: Sequence[System]) -> List[System]:
    result: List[System] = []
    for system in systems:
        taken = {one.name for one in result}
        names = [system.name, *(f"{system.name} ({number})" for number in range(2, len(systems) + 1))]
        result.append(system._replace(name=next(name for name in names if name not in taken)))
    return result


def _chosen(systems: Sequence[System], given: Sequence[str], option: str) -> Optional[System]:
    """The one system that an option names."""
    if not given:
        return None
    found = []
    for text in given:
        name, paths = _split(text)
        meant = {_archive_path(path) for path in paths}
        found += [
            system
            for system in systems
            if system.name in (name, text) or meant & {_archive_path(str(run.path)) for run in system.runs}
        ]
    names = list(dict.fromkeys(system.name for system in found))
    if len(names) != 1:
        raise ConfigurationError(
            f"{option} names {len(names)} systems ({', '.join(names)}), expected one. Runs are one system if their "
            f"configs differ in seeds alone; make others one with {option} NAME=RUN,RUN."
        )
    return found[0]


def _archive_path(text: str) -> Path:
    path = Path(text)
    return (path / ARCHIVE if (path / ARCHIVE).is_file() else path).absolute()
