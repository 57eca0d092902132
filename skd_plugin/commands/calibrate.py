"""`allennlp skd-calibrate`: makes a model's probabilities right, and chooses which of its entities to trust."""

import argparse
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, Dict, Iterable, Iterator, List, NamedTuple, Optional

from allennlp.commands.subcommand import Subcommand
from allennlp.common.checks import ConfigurationError

from skd_plugin.commands.plain_errors import with_plain_errors

if TYPE_CHECKING:
    from allennlp.data import Instance

    from skd_plugin.archives import LoadedModel
    from skd_plugin.models import Fitted, Gold, TypeThreshold
    from skd_plugin.structures import Factorization

# How many sentences are sorted by length at once.
_SORTED = 512
# With thresholds, one in so many sentences is for the temperature: it has one number to learn, they have many.
_FOR_TEMPERATURE = 5


@Subcommand.register("skd-calibrate")
class Calibrate(Subcommand):
    """The command `skd-calibrate` and its arguments."""

    def add_subparser(self, parser: argparse._SubParsersAction) -> argparse.ArgumentParser:
        description = """Find the temperature with which a model's probabilities are right, and write it into a new
                         archive. The model returns the same structures as before. With --conformal it returns only
                         those entities that are surely precise enough."""
        subparser = parser.add_parser(self.name, description=description, help="Make a model's probabilities right.")
        subparser.add_argument("archive", type=Path, help="the model.tar.gz of a model of this plugin")
        subparser.add_argument(
            "file", help="labelled sentences that the model was not trained on, in the format of its reader"
        )
        subparser.add_argument("--output", type=Path, required=True, help="the archive to write")
        subparser.add_argument("--force", action="store_true", help="replace the file at --output")
        subparser.add_argument(
            "--conformal",
            type=float,
            metavar="ALPHA",
            help="choose thresholds with which at most this share of the returned entities of each type is wrong",
        )
        subparser.add_argument(
            "--confidence",
            type=float,
            default=0.9,
            help="the probability, for each type, that --conformal keeps to that (default: %(default)s)",
        )
        subparser.add_argument(
            "--without-rare-types",
            action="store_true",
            help="with --conformal, return no entities of types that have no such threshold",
        )
        subparser.set_defaults(func=with_plain_errors(_run))
        return subparser


class Calibration(NamedTuple):
    """
    fitted : the temperature
    thresholds : those of each type of entity, with --conformal
    """

    fitted: "Fitted"
    thresholds: "Optional[Dict[str, TypeThreshold]]"


class LabelledBatch(NamedTuple):
    """
    distribution : that of the model's scores, without a temperature
    gold : the gold structures
    metadata : what the reader says of each sentence, such as its words
    """

    distribution: "Factorization"
    gold: "Gold"
    metadata: Any


def calibrate(archive: Path, file: str, wrong: Optional[float] = None, confidence: float = 0.9) -> Calibration:
    """
    The temperature of the model in an archive, and thresholds of its types of entities if `wrong` is given, the share
    of them that may be wrong.

    Raises `ConfigurationError` if the file cannot be used, and `NotLoadable` if the archive cannot be read.
    """
    # Late, because every `allennlp` command imports this module.
    from skd_plugin.models import TagOutput

    loaded = _load(archive)
    model = loaded.model
    if wrong is not None and not (isinstance(model, TagOutput) and model.tags_entities):
        raise ConfigurationError(
            f"The model in {archive} is a {type(model).__name__} that finds no entities, which --conformal is for. "
            "Leave the option out to calibrate its probabilities alone."
        )
    instances = list(loaded.reader.read(file))
    if wrong is None:
        return Calibration(_fit(loaded, instances, file), None)
    # The thresholds hold for a model that was fixed before, so the temperature is of other sentences.
    fitted = _fit(loaded, instances[::_FOR_TEMPERATURE], file)
    others = [one for place, one in enumerate(instances) if place % _FOR_TEMPERATURE]
    return Calibration(fitted, _thresholds(loaded, others, fitted.temperature, wrong, confidence))


def _load(archive: Path) -> "LoadedModel":
    """The model. Its reader accepts labels that the model does not know: sentences with them have no gold structure."""
    from skd_plugin.archives import build, read

    saved = read(archive)
    section = saved.config["dataset_reader"]
    options = {"type": section} if isinstance(section, str) else section
    reader = {**options, "on_unknown_label": "accept"}
    return build(saved._replace(config={**saved.config, "dataset_reader": reader}))


def labelled_batches(loaded: "LoadedModel", instances: "Iterable[Instance]") -> Iterator[LabelledBatch]:
    """The sentences in batches of similar length. Raises `ConfigurationError` if they have no gold structures."""
    import torch
    from allennlp.data import Batch

    from skd_plugin.models.batches import batches_by_length

    model, reader = loaded
    remaining = iter(instances)
    while some := list(islice(remaining, _SORTED)):
        for places in batches_by_length([len(instance["tokens"]) for instance in some], model.scored_words):
            batch = Batch([some[place] for place in places])
            for instance in batch.instances:
                reader.apply_token_indexers(instance)
            batch.index_instances(model.vocab)
            fields: Dict[str, Any] = dict(batch.as_tensor_dict())
            tokens, metadata = fields.pop("tokens"), fields.pop("metadata")
            with torch.inference_mode():
                distribution = model.untempered(tokens, metadata)
                gold = model.gold(distribution, fields, metadata)
                if gold is None:
                    raise ConfigurationError(
                        "The sentences have no gold structures. Give a file with labels, as for training."
                    )
                yield LabelledBatch(distribution, gold, metadata)


def _fit(loaded: "LoadedModel", instances: "List[Instance]", file: str) -> "Fitted":
    import torch

    from skd_plugin.models import GoldLikelihood, NoTemperature

    likelihood = GoldLikelihood()
    for batch in labelled_batches(loaded, instances):
        likelihood.add(batch.distribution, batch.gold)
        if likelihood.is_full:
            break
    try:
        with torch.inference_mode():
            return likelihood.fit()
    except NoTemperature as error:
        raise ConfigurationError(
            f"The {len(instances):,} sentences of {file} give no temperature: {error}. Give more labelled sentences, "
            "which the model was not trained on."
        ) from error


def _thresholds(
    loaded: "LoadedModel", instances: "List[Instance]", temperature: float, wrong: float, confidence: float
) -> "Dict[str, TypeThreshold]":
    from allennlp.data.dataset_readers.dataset_utils import bioul_tags_to_spans

    from skd_plugin.models import FoundEntities

    found = FoundEntities()
    for batch in labelled_batches(loaded, instances):
        gold = [{*bioul_tags_to_spans(sentence["tags"])} for sentence in batch.metadata]
        found.add(batch.distribution.tempered(temperature), gold)
    return found.thresholds(wrong, confidence)


def _run(arguments: argparse.Namespace) -> None:
    from skd_plugin.archives import read_config, with_model_options
    from skd_plugin.cards import card_with_options

    _check(arguments)
    fitted, thresholds = calibrate(arguments.archive, arguments.file, arguments.conformal, arguments.confidence)
    print("\n".join(_of_temperature(arguments.file, fitted)))
    decoding = _section(read_config(arguments.archive)["model"]).get("decoding")
    if thresholds is not None:
        print("\n".join(_of_thresholds(thresholds, arguments)))
        _check_thresholds(thresholds, arguments)
        certain = {kind: one.threshold for kind, one in thresholds.items() if one.threshold is not None}
        decoding = {"type": "thresholds", "thresholds": certain}
    elif decoding not in (None, "most_probable", {"type": "most_probable"}):
        print(
            f"The model's option `decoding` is {decoding}. It was chosen with other probabilities: tune it again, with "
            "`allennlp skd-tune-decoding`."
        )
    temperature = round(fitted.temperature, 4)
    options = {"temperature": temperature, "decoding": decoding}
    card = card_with_options(arguments.archive, options)
    with_model_options(arguments.archive, arguments.output, options, card)
    print(f"\nWrote {arguments.output} with temperature = {temperature:g}")


def _check(arguments: argparse.Namespace) -> None:
    archive, output = arguments.archive, arguments.output
    if archive.is_dir():
        raise ConfigurationError(f"{archive} is a folder, expected the model.tar.gz of a model. Name the file.")
    if output.exists() and not arguments.force:
        raise ConfigurationError(f"{output} exists already. Name another file, or replace it with --force.")
    if arguments.conformal is not None and not 0 < arguments.conformal < 1:
        raise ConfigurationError(
            f"--conformal is {arguments.conformal}, expected a share above 0 and below 1, such as 0.1 for one wrong "
            "entity in ten."
        )
    if not 0 < arguments.confidence < 1:
        raise ConfigurationError(
            f"--confidence is {arguments.confidence}, expected a probability above 0 and below 1, such as 0.9."
        )


def _of_temperature(file: str, fitted: "Fitted") -> Iterator[str]:
    low, high = fitted.range
    yield f"{file}: {fitted.sentences:,} sentences with gold structures fit the temperature."
    yield ""
    yield f"temperature            {fitted.temperature:.3f} (between {low:.3f} and {high:.3f} in nine of ten samples)"
    yield f"-log P(gold) before    {fitted.before:.3f} per sentence"
    yield f"             after     {fitted.after:.3f}"
    if low <= 1 <= high:
        yield "The range has 1 in it: the probabilities may have been right before."


def _of_thresholds(thresholds: "Dict[str, TypeThreshold]", arguments: argparse.Namespace) -> Iterator[str]:
    precision, confidence = (f"{100 * share:g} %" for share in (1 - arguments.conformal, arguments.confidence))
    yield ""
    yield f"Thresholds above which {precision} of the entities of a type are right (confidence {confidence}):"
    width = max(map(len, thresholds), default=0)
    for kind, one in sorted(thresholds.items()):
        threshold = "none" if one.threshold is None else f"{one.threshold:g}"
        yield f"  {kind:{width}}  {threshold:>4}  {one.found:6,} found, {one.right:6,} right"


def _check_thresholds(thresholds: "Dict[str, TypeThreshold]", arguments: argparse.Namespace) -> None:
    """Raises `ConfigurationError` for types without a threshold, unless they are to be left out."""
    from skd_plugin.models import least_found

    missing = [
        f"{kind} ({one.found} found, {one.right} right)"
        for kind, one in sorted(thresholds.items())
        if one.threshold is None
    ]
    if not missing or (arguments.without_rare_types and len(missing) < len(thresholds)):
        return
    needed = least_found(arguments.conformal, arguments.confidence)
    raise ConfigurationError(
        f"No threshold is sure enough for {', '.join(missing)}. One needs {needed} entities of a type that are all "
        "right, or more of them if some are wrong. Give more labelled sentences, or a larger --conformal than "
        f"{arguments.conformal:g}, or a smaller --confidence than {arguments.confidence:g}; or return no entities of "
        "these types, with --without-rare-types."
    )


def _section(value: Any) -> Dict[str, Any]:
    return value if isinstance(value, dict) else {}
