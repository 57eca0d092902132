"""`allennlp skd-tune-decoding`: finds which entities a model should return, and writes that into its archive."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any, Dict, Iterator, List, NamedTuple, Optional

from allennlp.commands.subcommand import Subcommand
from allennlp.common.checks import ConfigurationError

from skd_plugin.commands.plain_errors import with_plain_errors

if TYPE_CHECKING:
    from skd_plugin.archives import LoadedModel
    from skd_plugin.models import Observations, Scores, Tuned


@Subcommand.register("skd-tune-decoding")
class TuneDecoding(Subcommand):
    """The command `skd-tune-decoding` and its arguments."""

    def add_subparser(self, parser: argparse._SubParsersAction) -> argparse.ArgumentParser:
        description = """Find the probability from which on an entity is returned, so that F1 is best, and write it
                         into the model's archive. `allennlp evaluate`, `allennlp predict` and spaCy then return these
                         entities."""
        subparser = parser.add_parser(self.name, description=description, help="Tune which entities are returned.")
        subparser.add_argument("archive", type=Path, help="the model.tar.gz of a model of entities")
        subparser.add_argument(
            "file", help="labelled sentences that the model was not trained on, in the format of its reader"
        )
        subparser.add_argument(
            "--unlabelled",
            action="store_true",
            help="use no labels: the F1 that the model expects of the text takes the place of the F1",
        )
        subparser.add_argument("--output", type=Path, help="the archive to write (default: the given one)")
        subparser.add_argument("--force", action="store_true", help="replace the file at --output")
        subparser.add_argument("--dry-run", action="store_true", help="write nothing")
        subparser.set_defaults(func=with_plain_errors(_run))
        return subparser


class Choice(NamedTuple):
    """The section `decoding` for the model's config, None for the default; and what is to be said about it."""

    decoding: Optional[Dict[str, Any]]
    report: str


def choose_decoding(archive: Path, file: str, unlabelled: bool = False) -> Choice:
    """
    The best decoding of the model in the archive, for the sentences of a file.

    Raises `ConfigurationError` if the model has no entities or the file cannot be used, and `NotLoadable` if the
    archive cannot be read.
    """
    # Late, because every `allennlp` command imports this module.
    from skd_plugin.archives import load

    observed = _observe(archive, load(archive), file, unlabelled)
    if unlabelled:
        return _by_expected_f1(observed, file)
    if not observed.gold:
        raise ConfigurationError(
            f"{file} has {observed.sentences} sentences and no entity in them, so no F1. Give sentences with entities, "
            "or, for text without labels, the option --unlabelled."
        )
    return _by_gold(observed, file)


def _observe(archive: Path, loaded: "LoadedModel", file: str, unlabelled: bool) -> "Observations":
    import torch
    from allennlp.data import Batch, Instance
    from allennlp.data.dataset_readers.dataset_utils import bioul_tags_to_spans

    from skd_plugin.models import Observations, TagOutput
    from skd_plugin.models.batches import batches_by_length

    model, reader = loaded
    if not isinstance(model, TagOutput) or not model.tags_entities:
        raise ConfigurationError(
            f"The model in {archive} is a {type(model).__name__} that finds no entities, so there is nothing to tune. "
            "Give a tagger of entities, or a span model."
        )
    # Without the field of the tags, the names of which the model may not know.
    instances = [
        Instance({name: instance[name] for name in ("tokens", "metadata")})
        for instance in reader.read({"unlabelled": file} if unlabelled else file)
    ]
    observed = Observations()
    lengths = [len(instance["tokens"]) for instance in instances]
    for places in batches_by_length(lengths, model.scored_words):
        batch = Batch([instances[place] for place in places])
        for instance in batch.instances:
            reader.apply_token_indexers(instance)
        batch.index_instances(model.vocab)
        inputs: Any = batch.as_tensor_dict()
        with torch.inference_mode():
            distribution = model.factorize(inputs["tokens"], inputs["metadata"])
            metadata = inputs["metadata"]
            gold = None if unlabelled else [{*bioul_tags_to_spans(sentence["tags"])} for sentence in metadata]
            observed.add(distribution, gold)
    return observed


def _by_gold(observed: "Observations", file: str) -> Choice:
    most_probable, tuned = observed.most_probable(), observed.tune()
    expected = observed.expected_f1()
    rows = {
        "most_probable": most_probable,
        f"expected_f1, f1 = {expected:g} (uses no labels)": observed.at(expected / 2),
        f"threshold = {tuned.threshold:g} (tuned)": tuned.scores,
    }
    report = [f"{file}: {observed.sentences:,} sentences, {observed.gold:,} entities.", "", *_table(rows), ""]
    report += _certainty(tuned)
    decoding = {"type": "threshold", "threshold": tuned.threshold} if tuned.is_better else None
    return Choice(decoding, "\n".join(report))


def _by_expected_f1(observed: "Observations", file: str) -> Choice:
    f1 = observed.expected_f1()
    if not f1:
        raise ConfigurationError(
            f"The model expects {observed.expected:.2g} entities in the {observed.sentences} sentences of {file}, too "
            "few for an F1. Give text that has entities."
        )
    before = observed.expected_f1_of_most_probable()
    report = (
        f"{file}: {observed.sentences:,} sentences, in which the model expects {observed.expected:,.0f} entities.\n"
        f"The F1 that it expects is {100 * before:.1f} for the most probable entities and {100 * f1:.1f} for those "
        f"with a probability above {f1 / 2:g}."
    )
    return Choice({"type": "expected_f1", "f1": f1}, report)


def _table(rows: Dict[str, "Scores"]) -> Iterator[str]:
    width = max(map(len, rows))
    yield f"{'decoding':{width}}  entities  precision  recall    F1"
    for name, scores in rows.items():
        percent = [100 * score for score in scores[1:]]
        yield "{:{}}  {:8,}  {:9.1f}  {:6.1f}  {:4.1f}".format(name, width, scores.found, *percent)


def _certainty(tuned: "Tuned") -> List[str]:
    low, high = (f"{100 * gain:+.1f}" for gain in tuned.gain_range)
    lines = [
        f"On sentences that it was not tuned on, a threshold changes the F1 by {100 * tuned.gain:+.1f} points (between "
        f"{low} and {high} in nine of ten resamples of the file, with thresholds from {tuned.range[0]:g} to "
        f"{tuned.range[1]:g})."
    ]
    if not tuned.is_better:
        lines.append("So most_probable, the default, is at least as good.")
    elif not tuned.is_sure:
        lines.append("The file is too small to be sure that a threshold is better than most_probable.")
    return lines


def _target(archive: Path, output: Optional[Path], force: bool) -> Path:
    if archive.is_dir():
        raise ConfigurationError(f"{archive} is a folder, expected the model.tar.gz of a model. Name the file.")
    if output is not None and output.exists() and not force:
        raise ConfigurationError(f"{output} exists already. Name another file, or replace it with --force.")
    return archive if output is None else output


def _run(arguments: argparse.Namespace) -> None:
    target = _target(arguments.archive, arguments.output, arguments.force)
    decoding, report = choose_decoding(arguments.archive, arguments.file, arguments.unlabelled)
    print(f"{report}\n")
    setting = "most_probable" if decoding is None else decoding
    if arguments.dry_run:
        print(f"Nothing is written. The model's option: decoding = {setting}")
        return
    from skd_plugin.archives import read_config, with_model_options
    from skd_plugin.cards import card_with_options

    if target == arguments.archive and read_config(target)["model"].get("decoding") == decoding:
        print(f"{target} stays as it is, with decoding = {setting}")
        return
    options = {"decoding": decoding}
    with_model_options(arguments.archive, target, options, card_with_options(arguments.archive, options))
    print(f"Wrote {target} with decoding = {setting}")
