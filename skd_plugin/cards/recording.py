"""A trainer callback that records what only the training knows, for the model card."""

import json
import logging
from pathlib import Path
from typing import Any, Dict, List, Optional, Tuple, Type

from allennlp.data import DataLoader, Instance
from allennlp.data.data_loaders import MultiProcessDataLoader, SimpleDataLoader
from allennlp.training import GradientDescentTrainer, TrainerCallback, gradient_descent_trainer

from skd_plugin.archives import TRAINING_FILE
from skd_plugin.cards.facts import model_facts
from skd_plugin.cards.provenance import WRITTEN_LATER, run_config
from skd_plugin.compat.environment import DISTRIBUTION, installed_version
from skd_plugin.compat.whole_files import whole_file
from skd_plugin.data import Streaming
from skd_plugin.data.fields.gold_labels import GoldLabels
from skd_plugin.models import StructuredModel
from skd_plugin.models.gold import NO_GOLD

logger = logging.getLogger(__name__)


class RecordedTraining(TrainerCallback):
    """
    Writes at the end of a training of a model of this plugin what its model card needs. An error is logged, and never
    ends the training.

    It counts the sentences that are in memory, or on the disk of `skd_streaming`. It reads no file again, and counts
    nothing in distributed runs, whose processes have a part each.

    # Parameters

    serialization_dir : `str`
        The folder of the run.
    """

    def on_end(  # type: ignore[override]  # the trainer names its arguments
        self, trainer: GradientDescentTrainer, is_primary: bool = True, **kwargs: Any
    ) -> None:
        if not is_primary or not self.serialization_dir or not isinstance(trainer.model, StructuredModel):
            return
        try:
            _write(Path(self.serialization_dir), trainer, trainer.model)
        except Exception:  # a card is worth less than a training
            logger.warning("What the model card says of the training cannot be recorded", exc_info=True)


def record_every_training() -> None:
    """Adds the callback to AllenNLP's default callbacks, which a trainer appends to its own."""
    defaults: Tuple[Type[TrainerCallback], ...] = gradient_descent_trainer.DEFAULT_CALLBACKS
    if RecordedTraining not in defaults:
        gradient_descent_trainer.DEFAULT_CALLBACKS = (*defaults, RecordedTraining)  # type: ignore[assignment]


def _write(run: Path, trainer: GradientDescentTrainer, model: StructuredModel) -> None:
    section = run_config(run).get("model")
    facts = model_facts(model)._replace(
        sentences={} if trainer._distributed else _sentences(trainer),
        steps=trainer._total_batches_completed,
        versions=_versions(),
        options={name: section[name] for name in WRITTEN_LATER if name in section} if isinstance(section, dict) else {},
    )
    with whole_file(run / TRAINING_FILE) as unfinished:
        Path(unfinished).write_text(json.dumps(facts._asdict(), indent=2), encoding="utf-8")


def _versions() -> Dict[str, str]:
    names = (DISTRIBUTION, "allennlp", "torch", "transformers")
    return {name: version for name in names if (version := installed_version(name))}


def _sentences(trainer: GradientDescentTrainer) -> Dict[str, int]:
    counts: Dict[str, int] = {}
    training, validation = trainer.data_loader, trainer._validation_data_loader
    if _is_in_memory(training):
        with_gold = [_has_gold(instance) for instance in training.iter_instances()]
        counts = {"training": len(with_gold), "without labels": with_gold.count(False)}
    elif isinstance(training, Streaming):
        counts = {"training": training.num_sentences}
    if _is_in_memory(validation):
        counts["validation"] = sum(1 for _ in validation.iter_instances())
    elif isinstance(validation, Streaming):
        counts["validation"] = validation.num_sentences
    return counts


def _is_in_memory(loader: Optional[DataLoader]) -> bool:
    kinds = MultiProcessDataLoader, SimpleDataLoader
    return isinstance(loader, kinds) and getattr(loader, "max_instances_in_memory", None) is None


def _has_gold(instance: Instance) -> bool:
    gold: List[Any] = [field.labels for field in instance.fields.values() if isinstance(field, GoldLabels)]
    return any(label != NO_GOLD for labels in gold for label in labels)
