"""The model card of one trained model, as it is in its archive."""

import json
from pathlib import Path
from typing import Any, Dict, Iterator, List, Mapping, NamedTuple, Optional, Sequence, Tuple

from skd_plugin.archives import CARD_FILE, read_notes
from skd_plugin.cards.facts import ENTITIES, TAGS, TREES
from skd_plugin.cards.provenance import WRITTEN_LATER, Provenance, provenance
from skd_plugin.cards.rendering import UNKNOWN_LICENCE, as_card, render, sections
from skd_plugin.compat.environment import DISTRIBUTION

DISTILLER_DEFAULTS = {
    "objective": "structural",
    "interpolation": {"type": "linear", "start": 1.0, "end": 0.0},
    "temperature": 1.0,
    "label_policy": "error",
}
"""What `skd_distiller` takes where a config says nothing."""

DECODING = "Decoding and probabilities"
"""The heading of the section that is written again when an option of the model is changed in its archive."""

FINDS = {ENTITIES: "entities", TAGS: "a label for each word", TREES: "dependency trees", "": "structures"}

_SETTINGS = {"objective": "objective", "interpolation": "λ", "temperature": "T", "label_policy": "label policy"}
_TASKS = {ENTITIES: "named-entity-recognition", TAGS: "part-of-speech", TREES: "dependency-parsing"}
_LABELS_SHOWN = 100
_SCORES = {
    ENTITIES: {"f1-measure-overall": "F1", "precision-overall": "precision", "recall-overall": "recall"},
    TAGS: {"accuracy": "accuracy"},
    TREES: {"LAS": "LAS", "UAS": "UAS", "LAS_subtypes": "LAS with subtypes"},
}
# The identifiers of the Hugging Face Hub.
_METRIC_TYPES = {"F1": "f1", "precision": "precision", "recall": "recall"}
_BEST, _TEST = "best_validation_", "test_"
_LIMITS = {
    ENTITIES: "Entities are flat: none is inside another, and none has a gap.",
    TAGS: "Each word has exactly one label.",
    TREES: "Each sentence is one tree over the words that it is given: no enhanced dependencies, no empty nodes.",
}


class _Scores(NamedTuple):
    """The columns of a table of scores, and its rows: the name of a measure, and a value for each column."""

    columns: List[str]
    rows: List[Tuple[str, List[str]]]


def archive_card(known: Provenance, name: str) -> str:
    """
    The card of a model, in Markdown with metadata. The same model has the same card.

    # Parameters

    known : `Provenance`
    name : `str`
        What the model is called, such as the name of the folder of its run.
    """
    facts = known.facts
    text = render(
        "archive.md",
        name=name,
        summary=_summary(known),
        use=render("use.md"),
        labels=_labels(facts.labels),
        data=[*_data(known)],
        training=[*_training(known)],
        scores=_scores(known),
        chosen=_chosen(known),
        size=render("size.md", parameters=_number(facts.parameters), megabytes=_megabytes(facts.bytes)),
        decoding=_decoding(known),
        limits=[*_limits(known)],
        licence=render("licence.md"),
        citation=render("citation.md"),
    )
    return as_card(_metadata(known, name), text)


def card_with_options(archive: Path, options: Mapping[str, Any]) -> Optional[str]:
    """
    The card in an archive, as it is to be if these options of the model are changed; None if it has no card.

    Of the text, the section DECODING is written again. All else stays as it is.
    """
    card = read_notes(archive).get(CARD_FILE)
    if card is None:
        return None
    known = provenance(archive)
    now = {name: options.get(name, getattr(known, name)) for name in WRITTEN_LATER}
    changed = tuple(name for name in WRITTEN_LATER if now[name] != (known.facts.options or {}).get(name))
    new = _decoding(known._replace(**now, changed=changed))
    parts = [new if part.heading == DECODING else part.text for part in sections(card)]
    return "".join(parts) if new in parts else f"{card.rstrip()}\n\n{new}"


def _summary(known: Provenance) -> str:
    how = "trained"
    if known.teachers:
        names = " and ".join(f"`{teacher['name']}`" for teacher in known.teachers)
        how = f"taught by {names} through structural knowledge distillation,"
    return f"A model of the type `{known.kind}` that finds {FINDS[known.facts.kind]}, {how} with {DISTRIBUTION}."


def _labels(labels: Sequence[str]) -> str:
    if not labels:
        return "Those of the training data."
    more = f", … ({len(labels)} in all)" if len(labels) > _LABELS_SHOWN else ""
    return ", ".join(f"`{label}`" for label in labels[:_LABELS_SHOWN]) + more


def _data(known: Provenance) -> Iterator[Tuple[str, str, str]]:
    numbers = known.facts.sentences
    for part, names in known.data.items():
        number = _number(numbers.get(part)) or "–"
        without = numbers.get("without labels", 0)
        if part in numbers and part == "training" and without:
            number = f"{numbers[part] - without:,} with labels, {without:,} without"
        yield part, ", ".join(f"`{_cell(name)}`" for name in names), number


def _training(known: Provenance) -> Iterator[str]:
    for teacher in known.teachers:
        fingerprint = teacher.get("fingerprint")
        yield f"teacher: `{teacher['name']}`" + (f", fingerprint `{fingerprint}`" if fingerprint else "")
    if known.teachers:
        for name, shown in _SETTINGS.items():
            is_set = name in known.distillation
            value = known.distillation[name] if is_set else DISTILLER_DEFAULTS[name]
            yield f"{shown}: {_code(value)}" + ("" if is_set else " (the default)")
    else:
        yield "without a teacher, from labels alone"
    for transformer in known.transformers:
        yield f"it stands on the transformer `{transformer}`"
    trainer, loader = known.recipe.get("trainer", {}), known.recipe.get("data_loader", {})
    for name, shown in (("optimizer", "optimizer"), ("learning_rate_scheduler", "schedule of the learning rate")):
        if trainer.get(name):
            yield f"{shown}: {_code(trainer[name])}"
    sampler = loader.get("batch_sampler")
    batch = loader.get("batch_size") or (sampler.get("batch_size") if isinstance(sampler, dict) else None)
    if batch:
        yield f"sentences in a batch: {batch}"
    epoch, duration = known.metrics.get("epoch"), known.metrics.get("training_duration")
    if isinstance(epoch, int):
        yield f"epochs: {epoch + 1}"
    if known.facts.steps is not None:
        yield f"steps: {known.facts.steps:,}"
    if isinstance(duration, str):
        yield f"time: {duration.partition('.')[0]} (hours, minutes, seconds)"
    if known.facts.versions:
        yield "with " + ", ".join(f"{name} {version}" for name, version in known.facts.versions.items())


def _scores(known: Provenance) -> Optional[_Scores]:
    teachers = {
        f"its teacher `{_cell(teacher['name'])}`": f"teacher_{number}_validation_"
        for number, teacher in enumerate(known.teachers, start=1)
    }
    prefixes = {"validation": _BEST, **teachers, "test": _TEST}
    table = {title: _of(known, prefix) for title, prefix in prefixes.items()}
    table = {title: scores for title, scores in table.items() if scores}
    if not table:
        return None
    measures = list(dict.fromkeys(measure for scores in table.values() for measure in scores))
    return _Scores(
        list(table),
        [
            (
                _cell(measure),
                [f"{100 * scores[measure]:.1f}" if measure in scores else "–" for scores in table.values()],
            )
            for measure in measures
        ],
    )


def _of(known: Provenance, prefix: str) -> Dict[str, float]:
    """The scores with this prefix, by the names that people read."""
    given = {
        name.removeprefix(prefix): float(value)
        for name, value in known.metrics.items()
        if name.startswith(prefix) and isinstance(value, (int, float))
    }
    scores = {shown: given[name] for name, shown in _SCORES.get(known.facts.kind, {}).items() if name in given}
    if known.facts.kind == ENTITIES:
        each = {label: given.get(f"f1-measure-{label}") for label in known.facts.labels}
        scores |= {f"F1 of {label}": value for label, value in each.items() if value is not None}
    return scores


def _chosen(known: Provenance) -> str:
    if "validation" not in known.data:
        return "In percent. There was no validation data, so the last epoch was kept."
    metric = known.recipe.get("trainer", {}).get("validation_metric") or "-loss"
    best = known.metrics.get("best_epoch")
    epoch = f" (epoch {best + 1})" if isinstance(best, int) else ""
    return (
        f"In percent. The epoch with the best {_code(metric)} on the validation data was kept{epoch}, so the scores "
        "there are somewhat better than those of new text.\n`allennlp skd-report` measures on a file that was used for "
        "no choice, with intervals."
    )


def _decoding(known: Provenance) -> str:
    lines = [f"## {DECODING}", ""]
    if known.temperature in (None, 1):
        lines.append(
            "- The probabilities are those of the training. `allennlp skd-calibrate` fits them to sentences that were "
            "not used for it,\n  and `allennlp skd-report` shows how far they can be believed."
        )
    else:
        when = ", fitted after the training by `allennlp skd-calibrate`" if "temperature" in known.changed else ""
        lines.append(f"- The scores are divided by the temperature {known.temperature}{when}.")
    if known.decoding in (None, "most_probable", {"type": "most_probable"}):
        lines.append("- The most probable structures are returned.")
    else:
        lines.append(f"- Which entities are returned: {_code(known.decoding)}.")
        if "decoding" in known.changed:
            lines.append(
                "- That was chosen after the training. The scores of the training are those of the entities that were\n"
                "  returned before."
            )
    return "\n".join([*lines, "", ""])


def _limits(known: Provenance) -> Iterator[str]:
    if known.facts.kind:
        yield _LIMITS[known.facts.kind]
    yield "It knows the language, the domain and the labels of its data. Other text may give worse results, unnoticed."
    if known.teachers:
        yield "What its teachers do wrong, it has learned too."
    yield "It reads sentences of words. Where text is split into them in another way than in the data, it finds less."


def _metadata(known: Provenance, name: str) -> Any:
    from huggingface_hub import EvalResult, ModelCardData

    kind = known.facts.kind
    results = []
    for split, prefix in (("validation", _BEST), ("test", _TEST)):
        file = ", ".join(known.data.get(split, [])) or split
        results += [
            EvalResult(
                task_type="token-classification",
                task_name=_TASKS.get(kind),
                dataset_type=file,
                dataset_name=file,
                # Results of one data set are one group, whatever their tasks.
                dataset_config=_TASKS.get(kind),
                dataset_split=split,
                metric_type=_METRIC_TYPES.get(measure, "accuracy"),
                metric_name=measure,
                metric_value=round(value, 6),
            )
            for measure, value in _of(known, prefix).items()
            if measure in _SCORES[kind].values()
        ]
    tags = [DISTRIBUTION, *([_TASKS[kind]] if kind else []), *(["knowledge-distillation"] if known.teachers else [])]
    return ModelCardData(
        license=UNKNOWN_LICENCE,
        library_name="allennlp",
        pipeline_tag="token-classification",
        tags=tags,
        model_name=name if results else None,
        eval_results=results or None,
    )


def _number(value: Optional[int]) -> str:
    return "" if value is None else f"{value:,}"


def _megabytes(size: Optional[int]) -> str:
    return "" if size is None else f"{size / 1e6:.3g}"


def _code(value: Any) -> str:
    return f"`{value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)}`"


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")
