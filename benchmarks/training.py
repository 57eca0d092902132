"""Steps per CPU second of taggers and parsers in `allennlp train`, interleaved in one process on one core."""

import argparse
import logging
import statistics
import tempfile
from contextlib import suppress
from copy import deepcopy
from functools import partial
from importlib import import_module, metadata
from inspect import signature
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Callable, Dict, Iterator, List, Mapping, NamedTuple, Optional, Sequence

from benchmarks.pinning import pin

if __name__ == "__main__":
    pin()  # before any library starts its threads

from allennlp.commands.train import TrainModel  # noqa: E402
from allennlp.common import Params, Tqdm  # noqa: E402
from allennlp.common.util import prepare_environment  # noqa: E402
from allennlp.training import GradientDescentTrainer  # noqa: E402

import skd_plugin.plugin  # noqa: E402, F401
from benchmarks import machine, timing  # noqa: E402
from benchmarks.markdown import table, wrapped  # noqa: E402
from skd_plugin.inputs import WordFeaturesEmbedder  # noqa: E402

Config = Dict[str, Any]

CONFIGS = Path(__file__).parent.parent / "training_configs" / "students"
THEIRS = "allennlp-models"
_PACKED = "lstm"
_WORD_SIZE = signature(WordFeaturesEmbedder).parameters["output_dim"].default

_HOW_TO_READ = """A round of a system is {steps} steps of AllenNLP's own trainer, with all that belongs to one: making
the batch of {batch_size} sentences, the loss, the gradients, their norm, the optimizer. CPU time; medians
(smallest–largest) of {rounds} rounds, the systems in random order in each (seed {seed}). Ratios are taken within each
round. All have the same features of words, sizes and optimizer."""


class Task(NamedTuple):
    """
    config : the file of our student in `training_configs/students`
    theirs : the sections of the configuration of allennlp-models that are not our student's
    dropouts : the options of its model that are our student's `dropout`
    module : where the model of allennlp-models is
    """

    config: str
    theirs: Config
    dropouts: Sequence[str]
    module: str


TASKS = {
    "tagger": Task(
        "crf_ner.jsonnet",
        {
            "model": {
                "type": "crf_tagger",
                "label_encoding": "BIOUL",
                "constrain_crf_decoding": True,
                "calculate_span_f1": True,
            }
        },
        ["dropout"],
        "allennlp_models.tagging.models.crf_tagger",
    ),
    "parser": Task(
        "biaffine_parser.jsonnet",
        {
            "dataset_reader": {"type": "universal_dependencies"},
            "model": {
                "type": "biaffine_parser",
                "arc_representation_dim": 100,
                "tag_representation_dim": 30,
            },
        },
        ["dropout", "input_dropout"],
        "allennlp_models.structured_prediction",
    ),
}


def parser() -> argparse.ArgumentParser:
    """What can be chosen on the command line."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.training", description=__doc__)
    parser.add_argument("train", help="CoNLL-U with trees, and entities as NE=… in MISC")
    parser.add_argument("--tagger-teacher", metavar="ARCHIVE", help="to measure a distilled step of the tagger too")
    parser.add_argument("--parser-teacher", metavar="ARCHIVE", help="to measure a distilled step of the parser too")
    parser.add_argument("--batch-size", type=int, default=32)
    parser.add_argument("--steps", type=int, default=50, help="of one round")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--seed", type=int, default=7)
    return parser


def ours(task: Task, train: str, batch_size: int, steps: int) -> Config:
    """The configuration of our student."""
    config: Config = Params.from_file(CONFIGS / task.config).as_dict(quiet=True)
    trainer = {name: config["trainer"][name] for name in ("optimizer", "grad_norm")}
    data_loader = {"batch_sampler": {"type": "bucket", "batch_size": batch_size}, "batches_per_epoch": steps}
    return {
        "dataset_reader": config["dataset_reader"],
        "train_data_path": train,
        "vocabulary": config["vocabulary"],
        "model": config["model"],
        "data_loader": {**data_loader, "quiet": True},
        # So many epochs that the weights of the losses, which depend on the progress, hardly change.
        "trainer": {**trainer, "num_epochs": 10_000},
    }


def theirs(task: Task, config: Config) -> Config:
    """The configuration of the model of allennlp-models, with the embedder of our student and AllenNLP's encoder."""
    indexers, model = config["dataset_reader"]["token_indexers"], packed(config)["model"]
    encoder = {**model["encoder"], "input_size": _WORD_SIZE}
    reader = task.theirs.get("dataset_reader", config["dataset_reader"])
    return {
        **config,
        "dataset_reader": {**reader, "token_indexers": indexers},
        "model": {
            **task.theirs["model"],
            **dict.fromkeys(task.dropouts, model["dropout"]),
            "text_field_embedder": model["text_field_embedder"],
            "encoder": encoder,
        },
    }


def packed(config: Config) -> Config:
    """The configuration with AllenNLP's encoder, which packs each batch."""
    encoder = {**config["model"]["encoder"], "type": _PACKED, "bidirectional": True}
    return {**config, "model": {**config["model"], "encoder": encoder}}


def distilled(config: Config, teacher: str) -> Config:
    """The configuration with a teacher."""
    callback = {"type": "skd_distiller", "teachers": [{"archive": teacher}], "label_policy": "renormalize"}
    return {**config, "trainer": {**config["trainer"], "callbacks": [callback]}}


def systems(task: Task, train: str, batch_size: int, steps: int, teacher: Optional[str]) -> Dict[str, Config]:
    """The configurations by the names of the systems; the first is the one that the others are compared with."""
    student = ours(task, train, batch_size, steps)
    found = {}
    with suppress(ImportError):
        import_module(task.module)
        found[THEIRS] = theirs(task, student)
    found[f"ours, {_PACKED}"] = packed(student)
    found["ours"] = student
    if teacher is not None:
        found["ours, distilled"] = distilled(student, teacher)
    return found


def trainer_of(config: Config, folder: str, seed: int) -> GradientDescentTrainer:
    """A trainer that is ready for its first epoch. A teacher has read all sentences."""
    params = Params({**deepcopy(config), "random_seed": seed, "numpy_seed": seed, "pytorch_seed": seed})
    prepare_environment(params)
    trainer = TrainModel.from_params(params=params, serialization_dir=folder, local_rank=0).trainer
    assert isinstance(trainer, GradientDescentTrainer)
    for callback in trainer._callbacks:
        callback.on_start(trainer, is_primary=True)
    trainer._checkpointer = None
    return trainer


def epoch(trainer: GradientDescentTrainer) -> None:
    """One epoch without validation."""
    trainer._batches_in_epoch_completed = 0
    trainer._train_epoch(0)


def report(configs: Mapping[str, Config], steps: int, rounds: int, seed: int) -> Iterator[str]:
    """Markdown: steps per CPU second, and how many times as many as the first system's."""
    with tempfile.TemporaryDirectory() as folder:
        trainers = {
            name: trainer_of(config, f"{folder}/{number}", seed)
            for number, (name, config) in enumerate(configs.items())
        }
        calls: Dict[str, Callable[[], object]] = {name: partial(epoch, one) for name, one in trainers.items()}
        seconds = timing.race(calls, rounds, seed)
    first, *_ = seconds
    yield table(["", "ms per step", "steps per CPU second", f"times {first}"], list(_rows(seconds, steps, first)))
    if "ours, distilled" in seconds:
        ratio = timing.ratios(seconds["ours, distilled"], seconds["ours"])
        yield f"A distilled step takes {_with_spread(ratio)} times as long as the plain one."


def _rows(seconds: Mapping[str, Sequence[float]], steps: int, first: str) -> Iterator[List[str]]:
    for name, own in seconds.items():
        median = statistics.median(own) / steps
        ratio = timing.ratios(seconds[first], own)
        yield [name, f"{1000 * median:.1f}", f"{1 / median:.0f}", _with_spread(ratio)]


def _with_spread(ratio: timing.Spread) -> str:
    return f"**{ratio.median:.2f}** ({ratio.low:.2f}–{ratio.high:.2f})"


def main(command_line: Optional[Sequence[str]] = None) -> None:
    """Print the report."""
    options = parser().parse_args(command_line)
    logging.disable(logging.INFO)
    Tqdm.default_mininterval = 3600  # no lines of a progress bar between those of the report
    libraries: Dict[str, Any] = {"allennlp": _peer("allennlp"), THEIRS: _peer(THEIRS)}
    print(machine.description(libraries), end="\n\n")
    print(wrapped(_HOW_TO_READ.format(**vars(options))), end="\n\n")
    for name, teacher in (("tagger", options.tagger_teacher), ("parser", options.parser_teacher)):
        configs = systems(TASKS[name], options.train, options.batch_size, options.steps, teacher)
        print(f"## {name.capitalize()}", end="\n\n")
        for section in report(configs, options.steps, options.rounds, options.seed):
            print(section, end="\n\n", flush=True)


def _peer(name: str) -> Any:
    with suppress(metadata.PackageNotFoundError):
        return SimpleNamespace(name=name, version=metadata.version(name))
    return SimpleNamespace(name=name, version="(not installed)")


if __name__ == "__main__":
    main()
