"""The numbers of a report, as plain data that JSON can hold: systems, breakdowns, mistakes and cautions."""

import math
from collections import Counter
from pathlib import Path
from typing import Any, Callable, Dict, FrozenSet, List, Mapping, NamedTuple, Optional, Sequence

import numpy as np
from allennlp.common.checks import ConfigurationError

from skd_plugin.archives import LoadedModel
from skd_plugin.compat.environment import DISTRIBUTION, installed_version
from skd_plugin.data.files.sentence import Sentence
from skd_plugin.report.breakdowns import breakdowns, no_punctuation, universal_ids
from skd_plugin.report.calibration import calibration
from skd_plugin.report.cautions import cautions_after, cautions_before
from skd_plugin.report.confusions import SHOWN, count, mistakes
from skd_plugin.report.costs import cost, speeds
from skd_plugin.report.curves import curves
from skd_plugin.report.examples import examples
from skd_plugin.report.gold import ENTITIES, TAGS, TREES, Gold, read_gold, read_sentences
from skd_plugin.report.items import Grouping, Items, counts, everything, right
from skd_plugin.report.predictions import Found, predict
from skd_plugin.report.scores import (
    COVERAGE,
    DRAWS,
    Drawn,
    Estimate,
    Resamples,
    differences,
    estimates,
    gap_closed,
    holm,
)
from skd_plugin.report.systems import System, Systems
from skd_plugin.report.training_data import TrainingData, all_training_data

MEASURES = {ENTITIES: "F1", TAGS: "accuracy", TREES: "LAS"}
"""The measure by which systems are compared."""

Report = Dict[str, Any]


class Options(NamedTuple):
    """
    draws : of the sentences, for intervals and tests
    seed : of these draws
    speed : whether words per second are measured
    train : a labelled file whose words count as seen, in place of the training data of the baseline
    """

    draws: int = DRAWS
    seed: int = 0
    speed: bool = True
    train: Optional[str] = None


class _Measure(NamedTuple):
    """A score of all items: its name, which items it compares, and which of `SCORES` it is."""

    name: str
    items: Callable[[Items], Items]
    score: str = "F1"


def make_report(
    systems: Systems, file: str, options: Options = Options(), progress: Callable[[int], Any] = lambda read: None
) -> Report:
    """
    Everything that a report says.

    Raises `ConfigurationError` before any model reads the file, if the systems cannot be compared on it.

    # Parameters

    systems : `Systems`
    file : `str`
        Labelled sentences, in the format of the runs.
    options : `Options`, optional
    progress : `Callable[[int], Any]`, optional
        Called with the number of sentences that were read, after each batch.
    """
    models = {str(run.path): run.load() for run in systems.runs}
    gold, sentences = read_gold(file, models, systems.runs)
    _check_gold(gold)
    data = all_training_data(systems.runs, models)
    seen = _seen_words(systems, models, data, options.train)
    warnings = cautions_before(systems, models, gold, data)
    teachers = [str(run.path) for run in systems.teacher.runs] if systems.teacher else []
    found = predict(models, sentences, gold, teachers, progress)
    return _Comparison(systems, gold, found, seen, options).report(models, sentences, data, warnings)


def _check_gold(gold: Gold) -> None:
    if not len(gold.items.word):
        raise ConfigurationError(
            f"{gold.file} has {len(gold.words)} sentences and no {gold.task} in them, so there is nothing to score. "
            "Give --data a file with gold."
        )


def _seen_words(
    systems: Systems,
    models: Mapping[str, LoadedModel],
    data: Mapping[str, Optional[TrainingData]],
    train: Optional[str],
) -> Optional[FrozenSet[str]]:
    """The words of the given file, or of the labelled training data of the baseline, or of the first that has some."""
    first = systems.runs[0]
    if train is not None:
        sentences = read_sentences(train, first, models[str(first.path)].reader, "--train")
        return frozenset(word for sentence in sentences for word in sentence.words)
    preferred = (systems.baseline.runs if systems.baseline else ()) + tuple(systems.runs)
    known = [data[str(run.path)] for run in preferred]
    return next((one.words for one in known if one is not None), None)


class _Comparison:
    """Scores all systems with the same draws."""

    def __init__(
        self,
        systems: Systems,
        gold: Gold,
        found: Mapping[str, Found],
        seen: Optional[FrozenSet[str]],
        options: Options,
    ) -> None:
        self._systems, self._gold, self._options = systems, gold, options
        self._resamples = Resamples(len(gold.words), options.draws, options.seed)
        ids = universal_ids(gold) if gold.task == TREES else None
        self._whole = {path: one.items for path, one in found.items()}
        self._items = {path: one.items if ids is None else one.items.relabelled(ids) for path, one in found.items()}
        self._gold_items = gold.items if ids is None else gold.items.relabelled(ids)
        self._found = found
        self._seen = seen

    def report(
        self,
        models: Mapping[str, LoadedModel],
        sentences: Sequence[Sentence],
        data: Mapping[str, Optional[TrainingData]],
        warnings: List[Any],
    ) -> Report:
        gold, systems, options = self._gold, self._systems, self._options
        measures = {measure.name: self._drawn(measure) for measure in self._measures()}
        main = measures[MEASURES[gold.task]]
        gains = self._gains(main)
        scores = {system.name: estimates(main[system.name])[0] for system in systems.systems}
        unit = {ENTITIES: "entities"}.get(gold.task, "sentences")
        timed = {system.name: models[str(system.runs[0].path)] for system in systems.systems}
        speed = speeds(timed, sentences) if options.speed else {}
        shown = (systems.students or list(systems.systems))[0]
        return _plain(
            {
                "version": installed_version(DISTRIBUTION),
                "data": {
                    "file": gold.file,
                    "sentences": len(gold.words),
                    "words": int(gold.lengths.sum()),
                    "gold": len(gold.items.word),
                },
                "task": gold.task,
                "measure": MEASURES[gold.task],
                "coverage": COVERAGE,
                "draws": options.draws,
                "seed": options.seed,
                "baseline": systems.baseline and systems.baseline.name,
                "teacher": systems.teacher and systems.teacher.name,
                "warnings": [one._asdict() for one in [*warnings, *cautions_after(systems, scores, gains, unit)]],
                "systems": [
                    {
                        "name": system.name,
                        "role": self._role(system),
                        "runs": [{"name": run.name, "path": str(run.path)} for run in system.runs],
                        "model": type(models[str(system.runs[0].path)].model).__name__,
                        "scores": {name: estimates(drawn[system.name])[0] for name, drawn in measures.items()},
                        "difference": gains.get(system.name),
                        "gap_closed": self._gap_closed(system, main),
                        "teacher": self._compared(system),
                        "calibration": self._calibration(system),
                        "cost": self._costs(system, models, data),
                        "speed": speed.get(system.name),
                        "curves": curves(system.runs),
                    }
                    for system in systems.systems
                ],
                "breakdowns": [self._breakdown(by) for by in breakdowns(gold, self._seen)],
                "mistakes": self._mistakes(shown),
            }
        )

    def _measures(self) -> List[_Measure]:
        task, same = self._gold.task, lambda items: items
        if task == ENTITIES:
            return [_Measure("F1", same), *(_Measure(name, same, name) for name in ("precision", "recall"))]
        if task == TAGS:
            return [_Measure("accuracy", same)]
        words = no_punctuation(self._gold)
        return [
            _Measure("LAS", same),
            _Measure("UAS", lambda items: items._replace(label=np.zeros_like(items.label))),
            _Measure("LAS without punctuation", lambda items: items.chosen(words[items.word])),
        ]

    def _drawn(self, measure: _Measure) -> Dict[str, Drawn]:
        return self._score(everything(), measure)

    def _score(self, by: Grouping, measure: Optional[_Measure] = None) -> Dict[str, Drawn]:
        items, score = (lambda some: some, "F1") if measure is None else measure[1:]
        gold, result = items(self._gold_items), {}
        for number, system in enumerate(self._systems.systems):
            of_runs = [items(self._items[str(run.path)]) for run in system.runs]
            table = [counts(one, gold, len(self._gold.words), by) for one in of_runs]
            result[system.name] = self._resamples.score(table, score, number)
        return result

    def _role(self, system: System) -> str:
        return "baseline" if system == self._systems.baseline else "teacher" if system == self._systems.teacher else ""

    def _gains(self, drawn: Mapping[str, Drawn]) -> Dict[str, Estimate]:
        """Of all students, with p of all comparisons together."""
        baseline = self._systems.baseline
        if baseline is None:
            return {}
        gains = {one.name: differences(drawn[one.name], drawn[baseline.name])[0] for one in self._systems.students}
        adjusted = holm({name: float(gain.p or 0) for name, gain in gains.items()})
        return {name: gain._replace(p=adjusted[name]) for name, gain in gains.items()}

    def _gap_closed(self, system: System, drawn: Mapping[str, Drawn]) -> Optional[Estimate]:
        baseline, teacher = self._systems.baseline, self._systems.teacher
        if baseline is None or teacher is None or system not in self._systems.students:
            return None
        return gap_closed(drawn[system.name], drawn[baseline.name], drawn[teacher.name])

    def _compared(self, system: System) -> Optional[Dict[str, Any]]:
        """Agreement with the teacher, its own output taken as gold, and the divergence from it."""
        teacher = self._systems.teacher
        if teacher is None or system == teacher:
            return None
        sentences, number = len(self._gold.words), self._systems.systems.index(system)
        references = [self._items[str(run.path)] for run in teacher.runs]
        runs = [self._items[str(run.path)] for run in system.runs]
        # The mean over the teacher's runs: counts of all of them together.
        table = [np.sum([counts(one, other, sentences, everything()) for other in references], axis=0) for one in runs]
        found = [self._found[str(run.path)] for run in system.runs]
        divergence = [one.kl for one in found if one.kl is not None]
        kl = None
        if divergence:
            means = [one.mean(keepdims=True) for one in divergence]
            draws = [self._resamples.totals(one[None]) / sentences for one in divergence]
            kl = estimates(self._resamples.mean(means, draws, number), 0.0, math.inf)[0]
        return {
            "agreement": estimates(self._resamples.score(table, "F1", number))[0],
            "kl": kl,
            "incomparable": next((one.incomparable for one in found if one.incomparable), ""),
        }

    def _calibration(self, system: System) -> Dict[str, Any]:
        """Of tags, and of entities or arcs."""
        found = [self._found[str(run.path)] for run in system.runs]
        result = {}
        if self._gold.task != TREES and len(found[0].tag_probabilities):
            result["tags"] = calibration([one.tag_probabilities for one in found], [one.tags_right for one in found])
        if self._gold.task != TAGS:
            # With whole relations, of which the probabilities are.
            hits = [right(one.items, self._gold.items) for one in found]
            name = "arcs" if self._gold.task == TREES else ENTITIES
            result[name] = calibration([one.items.probability for one in found], hits)
        return {name: {**one._asdict(), "bins": [bin._asdict() for bin in one.bins]} for name, one in result.items()}

    def _costs(
        self, system: System, models: Mapping[str, LoadedModel], data: Mapping[str, Optional[TrainingData]]
    ) -> Dict[str, Any]:
        """The means over the runs that say them."""
        each = []
        for run in system.runs:
            known = data[str(run.path)]
            each.append(cost(run, models[str(run.path)], known and known.sentences)._asdict())
        values = {name: [one[name] for one in each if one[name] is not None] for name in each[0]}
        return {name: float(np.mean(some)) if some else None for name, some in values.items()}

    def _breakdown(self, by: Grouping) -> Dict[str, Any]:
        drawn = self._score(by)
        gold = np.bincount(by.group_of(self._gold_items), minlength=len(by.groups))
        scores = {name: estimates(one) for name, one in drawn.items()}
        baseline = self._systems.baseline
        gains = {
            one.name: differences(drawn[one.name], drawn[baseline.name])
            for one in (self._systems.students if baseline else ())
            if baseline is not None
        }
        rows = [
            {
                "group": group,
                "gold": int(gold[place]),
                "scores": {name: some[place] for name, some in scores.items()},
                "differences": {name: some[place] for name, some in gains.items()},
            }
            for place, group in enumerate(by.groups)
        ]
        is_there = [not all(math.isnan(one.value) for one in row["scores"].values()) for row in rows]  # type: ignore
        return {"title": by.title, "rows": [row for row, one in zip(rows, is_there) if one]}

    def _mistakes(self, shown: System) -> Dict[str, Any]:
        """How often each of the most frequent mistakes is made, and examples of the first run of one system."""
        some = {
            run.path: mistakes(self._items[str(run.path)], self._gold, self._gold_items) for run in self._systems.runs
        }
        numbers = {
            system.name: sum((count(some[run.path]) for run in system.runs), Counter())
            for system in self._systems.systems
        }
        most = [what for what, _ in numbers[shown.name].most_common(SHOWN)]
        first = shown.runs[0]
        drawn = examples(most, some[first.path], self._gold, self._gold_items, self._items[str(first.path)])
        return {
            "system": shown.name,
            "run": first.name,
            "rows": [
                {
                    "what": what,
                    "numbers": {one.name: numbers[one.name][what] / len(one.runs) for one in self._systems.systems},
                }
                for what in most
            ],
            "totals": {one.name: numbers[one.name].total() / len(one.runs) for one in self._systems.systems},
            "examples": [example._asdict() for example in drawn],
        }


def _plain(value: Any) -> Any:
    """What JSON can hold: named tuples become dictionaries, and NaN and infinity become None."""
    if isinstance(value, tuple) and hasattr(value, "_asdict"):
        value = value._asdict()
    if isinstance(value, Mapping):
        return {key: _plain(one) for key, one in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(one) for one in value]
    if isinstance(value, Path):
        return str(value)
    return None if isinstance(value, float) and not math.isfinite(value) else value
