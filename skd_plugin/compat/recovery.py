"""Changes to AllenNLP 2.10.1 for runs that are killed: `allennlp train -r` goes on from any moment.

AllenNLP writes its files in place and in an order that leaves gaps. Each function below closes one of them. Its
docstring gives the symptom without it, the cause, and the remedy. `apply` applies them all.

`tests/compat/test_recovery.py` resumes a run from every state in which a kill could leave its folder.
"""

import functools
import glob
import json
import logging
import os
import shutil
import zipfile
from typing import Any, Dict, List, Optional, Tuple, Union

import torch
from allennlp.commands import train
from allennlp.common import meta, params
from allennlp.common import util as common_util
from allennlp.common.checks import ConfigurationError
from allennlp.data import vocabulary
from allennlp.models import archival
from allennlp.training import checkpointer, gradient_descent_trainer, moving_average
from allennlp.training import util as training_util
from filelock import FileLock

from skd_plugin.compat.whole_files import UNFINISHED, flush_to_disk, whole_file, written_whole

logger = logging.getLogger(__name__)

Folder = Union[str, "os.PathLike[str]"]

BROKEN = ".broken"
"""The ending of a checkpoint's files that are put aside."""

_LEFTOVERS = [f"*.{ending}{UNFINISHED}" for ending in ("th", "json", "gz", "md")] + [f"vocabulary{UNFINISHED}"]


def write_files_whole() -> None:
    """Write configuration, metrics and best weights whole.

    Symptom: after a kill `-r` ends in an error about the syntax of config.json, or `best.th` cannot be loaded. Cause:
    they are written in place. Remedy: write a second file and rename it.
    """
    params.Params.to_file = written_whole(params.Params.to_file, "params_file")  # type: ignore[method-assign]
    meta.Meta.to_file = written_whole(meta.Meta.to_file, "path")  # type: ignore[method-assign]
    common_util.dump_metrics = written_whole(common_util.dump_metrics, "file_path")
    trainer = gradient_descent_trainer.GradientDescentTrainer
    trainer._save_model_state = written_whole(trainer._save_model_state, "path")  # type: ignore[method-assign]
    gradient_descent_trainer.hardlink_or_copy = written_whole(gradient_descent_trainer.hardlink_or_copy, "dest")


def write_vocabulary_whole() -> None:
    """Write all files of a vocabulary before the folder gets its name.

    Symptom: after a kill the run's vocabulary lacks words or whole namespaces, and a distributed run that is resumed
    reads it so. Cause: its files are written in place, one after the other. Remedy: write a second folder and rename
    it. Where a folder exists already, its files are replaced one by one: it is the same run's, with the same content.
    """
    save = vocabulary.Vocabulary.save_to_files

    @functools.wraps(save)
    def save_to_files(self: vocabulary.Vocabulary, directory: str) -> None:
        directory = os.path.normpath(directory)
        unfinished = f"{directory}{UNFINISHED}"
        shutil.rmtree(unfinished, ignore_errors=True)
        save(self, unfinished)
        for name in os.listdir(unfinished):
            flush_to_disk(os.path.join(unfinished, name))
        if os.path.isdir(directory) and os.listdir(directory):
            with FileLock(os.path.join(directory, ".lock")):
                for name in os.listdir(unfinished):
                    if not name.startswith("."):
                        os.replace(os.path.join(unfinished, name), os.path.join(directory, name))
            shutil.rmtree(unfinished)
        else:
            shutil.rmtree(directory, ignore_errors=True)
            os.rename(unfinished, directory)
        flush_to_disk(os.path.dirname(directory) or ".")

    vocabulary.Vocabulary.save_to_files = save_to_files  # type: ignore[method-assign]


def write_archive_whole() -> None:
    """Write `model.tar.gz` whole.

    Symptom: after a kill at the end of a run there is an archive that cannot be read. Cause and remedy: as above.
    """
    archive = archival.archive_model

    @functools.wraps(archive)
    def archive_model(
        serialization_dir: Folder,
        weights: str = archival._DEFAULT_WEIGHTS,
        archive_path: Optional[Folder] = None,
        include_in_archive: Optional[List[str]] = None,
    ) -> str:
        path = os.fspath(serialization_dir if archive_path is None else archive_path)
        if os.path.isdir(path):
            path = os.path.join(path, "model.tar.gz")
        with whole_file(path) as unfinished:
            archive(serialization_dir, weights, unfinished, include_in_archive)
        return path

    archival.archive_model = archive_model
    train.archive_model = archive_model


def write_checkpoints_whole() -> None:
    """Write checkpoints whole, and never leave out what is there already.

    Symptom: after a kill `-r` ends in an EOFError, or in advice to use another folder. Cause: the two files of a
    checkpoint are written in place, and the model's, by which a checkpoint is found, is the first. A file that exists
    is left as it is, though it may be half of one, or of a run that was resumed differently. Remedy: write both before
    AllenNLP does, which then finds them, and the model's last.
    """
    save = checkpointer.Checkpointer.save_checkpoint

    @functools.wraps(save)
    def save_checkpoint(self: checkpointer.Checkpointer, trainer: Any) -> None:
        state = trainer.get_checkpoint_state()
        if state is not None:
            moment = state.trainer_state["epochs_completed"], state.trainer_state["batches_in_epoch_completed"]
            model, training = _files(self, moment)
            for content, path in ((state.trainer_state, training), (state.model_state, model)):
                with whole_file(path) as unfinished:
                    torch.save(content, unfinished)
        save(self, trainer)

    checkpointer.Checkpointer.save_checkpoint = save_checkpoint  # type: ignore[method-assign]


def load_whole_checkpoints() -> None:
    """Resume from the newest checkpoint that is whole.

    Symptom: `-r` fails because of one damaged checkpoint, though an older one lies beside it. Cause: only the newest is
    tried. Remedy: put damaged ones aside first. If they kept their names, they would also be taken for newer than those
    that the resumed run writes, which would be deleted in their place.
    """
    load = checkpointer.Checkpointer.load_checkpoint

    @functools.wraps(load)
    def load_checkpoint(self: checkpointer.Checkpointer) -> Any:
        _put_broken_aside(self)
        return load(self)

    checkpointer.Checkpointer.load_checkpoint = load_checkpoint  # type: ignore[method-assign]


def restore_completely() -> None:
    """Restore what AllenNLP's checkpoints leave out at the end of an epoch.

    Symptoms: after a kill between a checkpoint and `best.th`, the archive has the weights of an earlier epoch, or
    cannot be made. A run that had run out of patience trains for one more epoch. A folder that was moved is resumed
    with the `best.th` of its old place. Causes: `best.th` is written after the checkpoint, patience is only checked
    after an epoch of training, and the checkpoint has the path. Remedy: see to all three once it is loaded.
    """
    trainer_class = gradient_descent_trainer.GradientDescentTrainer
    restore = trainer_class._maybe_restore_checkpoint

    @functools.wraps(restore)
    def restore_checkpoint(self: gradient_descent_trainer.GradientDescentTrainer) -> None:
        restore(self)
        epochs, batches = self._start_after_epochs_completed, self._start_after_batches_in_epoch_completed
        if batches:
            logger.warning(
                "Training goes on after batch %d of epoch %d. The training metrics of this epoch leave out the batches "
                "before, and its training loss is too low.",
                batches,
                epochs,
            )
        if epochs or batches:
            _restore_best_weights(self)
        if epochs and not batches and self._metric_tracker.should_stop_early():
            self._num_epochs = epochs

    trainer_class._maybe_restore_checkpoint = restore_checkpoint  # type: ignore[method-assign]


def restore_averages() -> None:
    """Go on averaging the weights of the model in a resumed run.

    Symptom: with a `moving_average`, a resumed run validates and archives other weights than the averages. Cause: the
    loaded state replaces the model's parameters by copies, which nothing trains. Remedy: load the averages alone.
    """

    def load_state_dict(self: moving_average.MovingAverage, state_dict: Dict[str, Any]) -> None:
        for ours, loaded in ((self._shadows, state_dict["shadows"]), (self._backups, state_dict["backups"])):
            for name, value in loaded.items():
                ours[name].copy_(value)

    moving_average.MovingAverage.load_state_dict = load_state_dict  # type: ignore[method-assign]


def restore_metrics() -> None:
    """Give a run that is resumed after its last epoch the metrics of that epoch.

    Symptom: after a kill at the end of a run its metrics.json has only the best metrics. Cause: the others are those of
    the last epoch, which is not repeated. Remedy: take them from its file.
    """
    trainer_class = gradient_descent_trainer.GradientDescentTrainer
    train_epochs = trainer_class._try_train

    @functools.wraps(train_epochs)
    def try_train(self: gradient_descent_trainer.GradientDescentTrainer) -> Tuple[Dict[str, Any], int]:
        metrics, epoch = train_epochs(self)
        last = os.path.join(_folder(self), f"metrics_epoch_{epoch}.json")
        if "epoch" not in metrics and os.path.isfile(last):
            with open(last) as file:
                metrics = {**json.load(file), **metrics}
        return metrics, epoch

    trainer_class._try_train = try_train  # type: ignore[method-assign]


def resume_from_the_very_start() -> None:
    """Resume a run that was killed before its first checkpoint, and say that it begins anew.

    Symptoms: `-r` says that an empty folder does not exist; a distributed run finds no vocabulary; nobody is told that
    there was nothing to resume. Cause: AllenNLP expects what an earlier moment of the run has not written yet. Remedy:
    take an empty folder as a new one, make the vocabulary, and warn.
    """
    create = training_util.create_serialization_dir

    @functools.wraps(create)
    def create_serialization_dir(params: params.Params, serialization_dir: Folder, recover: bool, force: bool) -> None:
        resumed = recover and not force and os.path.isdir(serialization_dir)
        if resumed:
            _remove_leftovers(serialization_dir)
            recover = bool(os.listdir(serialization_dir))
        create(params, serialization_dir, recover, force)
        if resumed and not _matching(serialization_dir, "model_state_*.th"):
            logger.warning("There is no checkpoint in %s yet: training begins from the start.", serialization_dir)
        if recover and "distributed" in params and not os.path.isdir(os.path.join(serialization_dir, "vocabulary")):
            training_util.make_vocab_from_params(params.duplicate(), serialization_dir)

    training_util.create_serialization_dir = create_serialization_dir


def apply() -> None:
    """Apply all these changes."""
    write_files_whole()
    write_vocabulary_whole()
    write_archive_whole()
    write_checkpoints_whole()
    load_whole_checkpoints()
    restore_completely()
    restore_averages()
    restore_metrics()
    resume_from_the_very_start()


def _files(self: checkpointer.Checkpointer, moment: Tuple[int, int]) -> Tuple[str, str]:
    """The files of a checkpoint: the model's, and that of the training."""
    return self._model_state_path(*moment), self._training_state_path(*moment)


def _put_broken_aside(self: checkpointer.Checkpointer) -> None:
    """Renames the files of all checkpoints that are newer than the newest whole one."""
    broken: List[str] = []
    newest = None
    for moment in sorted(self._find_all_checkpoints(), reverse=True):
        files = _files(self, moment)
        if all(map(is_whole, files)):
            newest = files[0]
            break
        broken += filter(os.path.exists, files)
    if not broken:
        return
    logger.warning(
        "%s cannot be read in full: the run was killed while it was written, or the disk has damaged it. Training %s. "
        "The damaged checkpoint is kept under names that end in %s.",
        " and ".join(broken),
        f"goes on from {newest}, the newest checkpoint that is whole"
        if newest
        else "begins from the start, because there is no other checkpoint",
        BROKEN,
    )
    if self._is_primary:
        for file in broken:
            os.replace(file, f"{file}{BROKEN}")


def is_whole(path: str) -> bool:
    """Whether a file that `torch.save` has written is complete and unchanged, by the checksums that it contains."""
    try:
        with zipfile.ZipFile(path) as file:
            return file.testzip() is None
    except (OSError, zipfile.BadZipFile):
        return False


def _folder(self: gradient_descent_trainer.GradientDescentTrainer) -> str:
    folder: str = self._serialization_dir  # type: ignore[has-type]
    return folder


def _restore_best_weights(self: gradient_descent_trainer.GradientDescentTrainer) -> None:
    path = os.path.join(_folder(self), "best.th")
    tracker, epochs = self._metric_tracker, self._start_after_epochs_completed
    just_validated = self._start_after_batches_in_epoch_completed == 0 and tracker.best_epoch == epochs - 1
    if just_validated and tracker.is_best_so_far():
        self._best_model_filename = path
        if self._primary:
            _save_best_weights(self, path)
    elif self._best_model_filename is not None:
        self._best_model_filename = path
        if not is_whole(path):
            raise ConfigurationError(
                f"{path} is missing or damaged, so this run cannot be resumed: that file had the best weights so far, "
                "and no later epoch may be better. Put it back, or train again with --force in place of --recover."
            )


def _save_best_weights(self: gradient_descent_trainer.GradientDescentTrainer, path: str) -> None:
    average = self._moving_average
    if average is None:
        self._save_model_state(path)
        return
    average.assign_average_value()
    try:
        self._save_model_state(path)
    finally:
        average.restore()


def _remove_leftovers(serialization_dir: Folder) -> None:
    """Removes what a killed process of this run had not finished writing, or deleting."""
    for path in _matching(serialization_dir, *_LEFTOVERS):
        if os.path.isdir(path):
            shutil.rmtree(path)
        else:
            os.remove(path)
    for path in _matching(serialization_dir, "training_state_*.th"):
        folder, name = os.path.split(path)
        if not os.path.exists(os.path.join(folder, name.replace("training", "model"))):
            os.remove(path)


def _matching(folder: Folder, *patterns: str) -> List[str]:
    escaped = glob.escape(os.fspath(folder))
    return [path for pattern in patterns for path in glob.glob(os.path.join(escaped, pattern))]
