"""`allennlp skd-cross-fit`: what a teacher says of its own training sentences, by teachers that have not seen them."""

import argparse
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any, Container, Dict, List, NamedTuple, Optional, Sequence

from allennlp.commands.subcommand import Subcommand
from allennlp.common.checks import ConfigurationError

from skd_plugin.commands.plain_errors import with_plain_errors

if TYPE_CHECKING:
    from skd_plugin.data import SentenceReader
    from skd_plugin.data.files.folds import Fold
    from skd_plugin.distillation import ArchivedModel
    from skd_plugin.distillation.teachers.store import Store

FOLDS = 5
ARCHIVE = "model.tar.gz"
METRICS = "metrics.json"


@Subcommand.register("skd-cross-fit")
class CrossFit(Subcommand):
    """The command `skd-cross-fit` and its arguments."""

    def add_subparser(self, parser: argparse._SubParsersAction) -> argparse.ArgumentParser:
        description = """Train a teacher on all labelled sentences of a config, and one for each fold on the sentences
                         outside it. Each of the latter says what it knows of the sentences of its fold, and the store
                         keeps that in the name of the first: a student that names its archive and the store learns, on
                         labelled sentences, from a teacher that was not trained on them. What is finished is kept, so
                         the same command goes on after an interruption."""
        subparser = parser.add_parser(
            self.name, description=description, help="Let teachers speak about sentences that they have not seen."
        )
        subparser.add_argument("config", type=Path, help="the teacher's config")
        subparser.add_argument(
            "-s", "--serialization-dir", type=Path, required=True, metavar="DIR", help="the folder for the runs"
        )
        subparser.add_argument("--store", type=Path, required=True, metavar="DIR", help="the folder for the potentials")
        subparser.add_argument("--folds", type=int, default=FOLDS, help=f"how many (default: {FOLDS})")
        subparser.add_argument(
            "--teacher", type=Path, metavar="ARCHIVE", help="the teacher of all sentences, if it is trained already"
        )
        subparser.add_argument(
            "--trusted-modules",
            nargs="+",
            default=[],
            metavar="MODULE",
            help="packages whose registered classes the teachers may use, beside AllenNLP and this plugin",
        )
        subparser.add_argument("-o", "--overrides", default="", help="changes of the config, as in `allennlp train`")
        subparser.set_defaults(func=with_plain_errors(_run))
        return subparser


class CrossFitted(NamedTuple):
    """
    What was made.

    # Parameters

    teacher : `Path`
        The archive of the teacher that was trained on all sentences.
    sentences : `int`
        How many different sentences are in the store.
    """

    teacher: Path
    sentences: int


def cross_fit(
    config: Path,
    runs: Path,
    store: Path,
    folds: int = FOLDS,
    teacher: Optional[Path] = None,
    overrides: str = "",
    trusted_modules: Sequence[str] = (),
) -> CrossFitted:
    """
    Trains the teachers that are missing, and stores what those of the folds say of what was held out from them.

    Raises `ConfigurationError`.
    """
    # Late, because every `allennlp` command imports this module.
    from allennlp.common import Params
    from allennlp.data import DatasetReader

    from skd_plugin.data import SentenceReader
    from skd_plugin.data.files.folds import write_folds
    from skd_plugin.data.files.paths import sources
    from skd_plugin.distillation import ArchivedModel
    from skd_plugin.distillation.teachers.store import Store

    if not config.is_file():
        raise ConfigurationError(
            f"There is no config {config}. Name the jsonnet file that the teacher is trained with."
        )
    params = Params.from_file(config, overrides)
    reader = DatasetReader.from_params(params["dataset_reader"])
    if not isinstance(reader, SentenceReader):
        raise ConfigurationError(
            f"The reader of {config} is a {type(reader).__name__}, of which it is not known how to divide its files. "
            "Use a reader of this plugin, such as skd_conllu or skd_conll_ner."
        )
    data = params["train_data_path"]
    labelled = [source.path for source in sources(getattr(data, "params", data)) if not source.withheld]
    if not labelled:
        raise ConfigurationError(
            f"The train_data_path of {config} names no labelled file, so there is nothing to fold."
        )
    parts = write_folds(labelled, folds, runs / "data")
    if teacher is None:
        if not _is_trained(runs / "all"):
            _check_new(store)
        teacher = _trained(config, overrides, runs / "all", {})
    whole = ArchivedModel(str(teacher), list(trusted_modules))
    kept = Store(store, whole.fingerprint())
    kept.prepare()
    _check_folds(kept)
    kept.begin_folds()
    archives = [_trained_on(part, config, overrides, runs / f"fold-{n}", whole.path) for n, part in enumerate(parts, 1)]

    models = [ArchivedModel(str(archive), list(trusted_modules)) for archive in archives]
    fingerprints = [model.fingerprint() for model in models]
    _check_folds(kept, fingerprints)
    for part, model in zip(parts, models):
        _read(kept, model, part, reader, fingerprints)
    kept.end_folds()
    return CrossFitted(teacher, len(kept))


def _is_trained(run: Path) -> bool:
    # AllenNLP writes an archive after Ctrl-C, too, but the metrics only where the training has ended.
    return (run / ARCHIVE).is_file() and (run / METRICS).is_file()


def _trained_on(fold: "Fold", config: Path, overrides: str, run: Path, teacher: Path) -> Path:
    """The archive of a model that was trained on a fold, with the labels and words of the teacher."""
    return _trained(
        config,
        overrides,
        run,
        {
            "train_data_path": {"labelled": fold.training},
            "vocabulary": {"type": "from_files", "directory": str(_vocabulary(teacher))},
            "evaluate_on_test": False,
        },
    )


def _vocabulary(archive: Path) -> Path:
    """What `from_files` takes: an archive in which there is one, or its folder."""
    return archive / "vocabulary" if archive.is_dir() else archive


def _trained(config: Path, overrides: str, run: Path, changes: Dict[str, Any]) -> Path:
    """The archive of a run with this config, in which some sections are replaced. It goes on if it was interrupted."""
    from allennlp.commands.train import train_model
    from allennlp.common import Params

    content = Params.from_file(config, overrides).as_dict(quiet=True) | changes
    if _is_trained(run):
        _check_config(run, content, changes.keys())
    else:
        # That of an interrupted training.
        (run / ARCHIVE).unlink(missing_ok=True)
        train_model(Params(content), str(run), recover=(run / "config.json").exists())
    return run / ARCHIVE


def _check_config(run: Path, content: Dict[str, Any], unchecked: Container[str]) -> None:
    """Raises `ConfigurationError` if the model of a run was trained with another config; `unchecked` are sections."""
    trained = json.loads((run / "config.json").read_text(encoding="utf-8"))
    # As JSON has them.
    wanted = json.loads(json.dumps(content))
    names = sorted(trained.keys() | wanted.keys())
    other = [name for name in names if name not in unchecked and trained.get(name) != wanted.get(name)]
    if other:
        raise ConfigurationError(
            f"The model in {run} was trained with another config, which differs in: {', '.join(other)}. "
            "Name another folder as -s, and as --store, or give the config and the overrides that it was trained with."
        )


def _check_new(store: Path) -> None:
    from skd_plugin.distillation.teachers.plan import FILE_NAME
    from skd_plugin.distillation.teachers.store import Store

    if store.is_file() or (store / FILE_NAME).exists():
        raise ConfigurationError(
            f"The store {store} is there already, but the teacher is not trained yet, so it is another teacher's. Name "
            "another folder as --store, or the teacher's archive as --teacher."
        )
    Store(store, "").prepare()


def _check_folds(store: "Store", fingerprints: Optional[List[str]] = None) -> None:
    """Raises `ConfigurationError` if what is stored was not said by teachers of folds, or not by these if given."""
    folds = [] if store.plan is None else store.plan.folds
    if len(store) and (not folds or fingerprints not in (None, folds)):
        raise ConfigurationError(
            f"The store {store.path} has {len(store)} sentences that other teachers than those of these folds have "
            "read, perhaps the teacher of all sentences itself. Name another folder as --store."
        )


def _read(store: "Store", teacher: "ArchivedModel", fold: "Fold", reader: "SentenceReader", folds: List[str]) -> None:
    """Stores what the teacher of a fold says of the sentences that were held out from it."""
    from allennlp.common import Tqdm

    from skd_plugin.distillation.annotation.worker import Task, Worker
    from skd_plugin.distillation.teachers.plan import Plan
    from skd_plugin.distillation.teachers.reading import Survey
    from skd_plugin.distillation.teachers.shard import Arguments

    # As labelled data, which a student has them in: under `unlabelled` a file *.txt would be text.
    data: Any = {"labelled": fold.held_out}
    sentences = [tuple(sentence.words) for sentence in reader.read_sentences(data)]
    store.open()
    survey = Survey(lambda: sentences, store.has)
    if not survey.num_unread:
        return
    task = Task(teacher, teacher.fingerprint(), store.path, "float32")
    model = task.load(device=-1)
    if store.plan is None:
        [first] = model.read(sentences[:1])
        store.begin(Plan(store.teacher, Arguments.of(first), folds=folds))
    # It writes in the name of the teacher of all sentences.
    worker = Worker(task._replace(fingerprint=store.teacher), model=model)
    with Tqdm.tqdm(total=survey.num_unread, desc=teacher.path.parent.name, unit=" sentences") as progress:
        for part in survey.parts():
            worker.read(part.sentences, progress.update)
    store.open()


def _run(arguments: argparse.Namespace) -> None:
    made = cross_fit(
        arguments.config,
        arguments.serialization_dir,
        arguments.store,
        arguments.folds,
        arguments.teacher,
        arguments.overrides,
        arguments.trusted_modules,
    )
    print(
        f"{arguments.store}: {made.sentences:,} sentences, the labelled ones of which were read by teachers of "
        f"{arguments.folds} folds, each of which was trained on the other folds."
    )
    print(f"To use it: teachers: [{{ archive: '{made.teacher}', store: '{arguments.store}' }}]")
