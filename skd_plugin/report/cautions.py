"""Where a reader of the report would conclude too much, and what to do about it."""

from collections import Counter
from typing import Any, Dict, Iterator, List, Mapping, NamedTuple, Optional, Sequence, Set, Tuple

from skd_plugin.archives import LoadedModel
from skd_plugin.models import TagOutput
from skd_plugin.models.parsing.metrics import universal
from skd_plugin.report.gold import TREES, Gold
from skd_plugin.report.scores import Estimate
from skd_plugin.report.systems import System, Systems
from skd_plugin.report.training_data import TrainingData, labelled_part, long_enough, validation_files

FEW_SENTENCES, FEW_ITEMS = 100, 100
_SEEN = 0.01
"""A larger share of the sentences in the training data is no chance."""

_SIGNIFICANT = 0.05
_LISTED = 6


class Caution(NamedTuple):
    """What was found, and what to do."""

    finding: str
    remedy: str


def cautions_before(
    systems: Systems, models: Mapping[str, LoadedModel], gold: Gold, data: Mapping[str, Optional[TrainingData]]
) -> List[Caution]:
    """
    What can be said before any model reads the file.

    `models` are those of the runs and `data` their training data, by `str(run.path)`.
    """
    return [
        *_size(gold),
        *_seeds(systems),
        *_chosen_by(systems, gold),
        *_seen(systems, gold, data),
        *_labels(systems, models, gold),
        *_other_data(systems),
        *_other_words(systems, models),
    ]


def cautions_after(
    systems: Systems, scores: Mapping[str, Estimate], gains: Mapping[str, Estimate], unit: str
) -> List[Caution]:
    """What the scores say: `scores` of all systems, `gains` over the baseline, with p of all comparisons together."""
    result = []
    if systems.teacher is not None:
        teacher = scores[systems.teacher.name]
        better = [name for name, score in scores.items() if score.value > teacher.value]
        if better:
            result.append(
                Caution(
                    f"The teacher {systems.teacher.name} is worse than {_list(better)}.",
                    "A student learns its teacher's mistakes too: train a better teacher first.",
                )
            )
    unsure = [name for name, gain in gains.items() if not (gain.p or 0) < _SIGNIFICANT]
    if systems.baseline is not None and unsure:
        result.append(
            Caution(
                f"Whether {_list(unsure)} {'is' if len(unsure) == 1 else 'are'} better or worse than the baseline "
                f"{systems.baseline.name} is not known: the interval of the difference has zero in it, or has it when "
                "all comparisons are counted.",
                f"Do not call this a gain. Train more seeds, or give a file with more {unit}.",
            )
        )
    if systems.baseline is None and len(systems.systems) > 1:
        result.append(
            Caution(
                "There is no baseline, so no differences are tested. Whether two intervals overlap does not say it.",
                "Give --baseline, the student without its teacher.",
            )
        )
    return result


def _size(gold: Gold) -> Iterator[Caution]:
    sentences, items = len(gold.words), len(gold.items.word)
    few = [f"{sentences} sentences"] * (sentences < FEW_SENTENCES)
    few += [f"{items} {gold.task}"] * (gold.task == "entities" and items < FEW_ITEMS)
    if few:
        yield Caution(
            f"{gold.file} has only {' and '.join(few)}.",
            "Intervals of so few are wide and not exact. Give a larger file.",
        )


def _seeds(systems: Systems) -> Iterator[Caution]:
    few = [system.name for system in systems.systems if len(system.runs) == 1 and system != systems.teacher]
    if few:
        yield Caution(
            f"{_list(few)} {'has' if len(few) == 1 else 'have'} one seed, so the intervals cover the choice of "
            "sentences alone, and a difference may be that of two seeds.",
            "Train at least three seeds of each: allennlp train CONFIG -s RUN -o "
            '\'{"random_seed": 2, "numpy_seed": 2, "pytorch_seed": 2}\'.',
        )
    two = [system.name for system in systems.systems if len(system.runs) == 2]
    if two:
        yield Caution(
            f"{_list(two)} {'has' if len(two) == 1 else 'have'} two seeds, which hardly say how much seeds differ, so "
            "the intervals are very wide.",
            "Train a third seed.",
        )


def _chosen_by(systems: Systems, gold: Gold) -> Iterator[Caution]:
    chosen = [run.name for run in systems.runs if _has(validation_files(run), gold)]
    if chosen:
        yield Caution(
            f"{_list(chosen)} chose the best epoch by {gold.file}, so the scores are too high.",
            "Report on a file that was used for no choice: epochs, λ, T, thresholds.",
        )


def _has(files: Sequence[str], gold: Gold) -> bool:
    content = _content(gold.file)
    return any(_content(file) == content for file in files)


def _content(file: str) -> Any:
    try:
        with open(file, "rb") as stream:
            return stream.read()
    except OSError:
        return file


def _seen(systems: Systems, gold: Gold, data: Mapping[str, Optional[TrainingData]]) -> Iterator[Caution]:
    sentences = long_enough(gold.words)
    for system in systems.systems:
        known = next((data[str(run.path)] for run in system.runs if data.get(str(run.path))), None)
        for kind in ("labelled", "unlabelled") if known and sentences else ():
            seen = sum(sentence in getattr(known, kind) for sentence in sentences)
            if seen > _SEEN * len(sentences):
                yield Caution(
                    f"{seen:,} of the {len(sentences):,} sentences of at least 5 words are in the {kind} training data "
                    f"of {system.name}.",
                    "Take them out of the training data and train again, or give a file without them.",
                )


def _labels(systems: Systems, models: Mapping[str, LoadedModel], gold: Gold) -> Iterator[Caution]:
    first, *others = systems.systems
    labels = {system.name: _label_set(models[str(system.runs[0].path)]) for system in systems.systems}
    for system in others:
        differ = labels[first.name] ^ labels[system.name]
        if differ:
            yield Caution(
                f"{first.name} and {system.name} have different labels; only one of them has {_list(sorted(differ))}.",
                "Train all on data with the same labels, or read the scores of the common labels alone.",
            )
    names = [_scored(name, gold) for name in gold.labels.names]
    used = Counter(names[label] for label in gold.items.label.tolist())
    unknown: Dict[Tuple[str, ...], List[str]] = {}
    for system in systems.systems:
        known = {_scored(name, gold) for name in labels[system.name]}
        unknown.setdefault(tuple(sorted(used.keys() - known)), []).append(system.name)
    for missing, who in unknown.items():
        if missing:
            yield Caution(
                f"{_list(who)} cannot find what the file has: {_list(missing)}, "
                f"{sum(used[one] for one in missing):,} of {used.total():,}. They count as missed.",
                "Train on data that has these labels, or give a file of the same kind as the training data.",
            )


def _scored(label: str, gold: Gold) -> str:
    """The label as it is scored: relations without their subtypes."""
    return universal(label) if gold.task == TREES else label


def _label_set(loaded: LoadedModel) -> Set[str]:
    model: Any = loaded.model
    if isinstance(model, TagOutput) and model.tags_entities:
        return {tag[2:] for tag in model.tags if tag != "O"}
    return set(model.labels)


def _other_data(systems: Systems) -> Iterator[Caution]:
    if systems.baseline is None:
        return
    paths = labelled_part(systems.baseline.runs[0].config)
    others = [system.name for system in systems.students if labelled_part(system.runs[0].config) != paths]
    if others:
        yield Caution(
            f"{_list(others)} and the baseline {systems.baseline.name} were trained on different labelled files "
            f"({paths} for the baseline), which may be all of the difference.",
            "Train both on the same labelled sentences.",
        )


def _other_words(systems: Systems, models: Mapping[str, LoadedModel]) -> Iterator[Caution]:
    if systems.baseline is None:
        return
    sizes = _sizes(systems.baseline, models)
    others = [
        f"{system.name} ({_named(_sizes(system, models))})"
        for system in systems.students
        if set(_sizes(system, models)) == set(sizes) and _sizes(system, models) != sizes
    ]
    if others:
        yield Caution(
            f"The vocabularies of {_list(others)} and of the baseline {systems.baseline.name} ({_named(sizes)}) "
            "differ, so the students differ in more than their teacher.",
            "To tell the two apart, train a baseline with the students' vocabulary (vocabulary: { type: 'from_files', "
            "directory: 'ARCHIVE' }).",
        )


def _sizes(system: System, models: Mapping[str, LoadedModel]) -> Dict[str, int]:
    """The sizes of the vocabulary, without the labels, which have a caution of their own."""
    vocab = models[str(system.runs[0].path)].model.vocab
    names = sorted(name for name in vocab.get_namespaces() if not name.endswith(("labels", "tags")))
    return {name: vocab.get_vocab_size(name) for name in names}


def _named(sizes: Mapping[str, int]) -> str:
    name, size = next(
        iter([(name, size) for name, size in sizes.items() if name in ("words", "tokens")] or sizes.items())
    )
    return f"{size:,} {name}"


def _list(names: Sequence[str]) -> str:
    shown = list(names[:_LISTED]) + [f"{len(names) - _LISTED} more"] * (len(names) > _LISTED)
    return shown[0] if len(shown) == 1 else f"{', '.join(shown[:-1])} and {shown[-1]}"
