"""A warning for vocabularies whose labels are not from training data alone."""

import json
import logging
from collections import defaultdict
from pathlib import Path
from typing import Any, Dict, List, Optional, Tuple, Type

from allennlp.data import DataLoader
from allennlp.data.data_loaders import MultiProcessDataLoader, SimpleDataLoader
from allennlp.data.fields import TextField
from allennlp.models.archival import CONFIG_NAME
from allennlp.training import GradientDescentTrainer, TrainerCallback, gradient_descent_trainer

from skd_plugin.compat.continuing import STANDALONE

logger = logging.getLogger(__name__)

Counts = Dict[str, Dict[str, int]]

_MOST_NAMES = 10
_OPTION = "datasets_for_vocab_creation"


class LabelOrigin(TrainerCallback):
    """
    Warns at the start of a training of labels that the vocabulary has only from the validation data.

    AllenNLP makes the vocabulary from all data sets unless the configuration says otherwise. The model can then not
    learn those labels, but scores them, and its metrics on the validation data are not those of new data.

    It compares the labels of instances in memory. It reads no file again, and does nothing in distributed runs.

    # Parameters

    serialization_dir : `str`
        The folder of the run. Its configuration may say that the vocabulary is from training data alone.
    """

    def on_start(self, trainer: GradientDescentTrainer, is_primary: bool = True, **kwargs: Any) -> None:
        super().on_start(trainer, is_primary, **kwargs)
        loaders = trainer.data_loader, trainer._validation_data_loader
        if trainer._distributed or not all(map(_is_in_memory, loaders)) or self._is_chosen():
            return
        training, validation = map(_label_counts, loaders)
        for namespace, labels in validation.items():
            known = trainer.model.vocab.get_token_to_index_vocabulary(namespace)
            others = sorted(label for label in labels if label in known and label not in training.get(namespace, {}))
            if others and not trainer.model.vocab.is_padded(namespace):
                logger.warning(
                    "No training sentence has these labels of the vocabulary, namespace %r, but validation sentences"
                    " have: %s. The model cannot learn them. To make the vocabulary from training data alone, write"
                    " `%s: ['train']` in the configuration.",
                    namespace,
                    _listed(others),
                    _OPTION,
                )

    def _is_chosen(self) -> bool:
        """
        Whether the configuration says what the vocabulary is made from, or continues a model, which has labels of its
        own.
        """
        folder = Path(self.serialization_dir or "")
        if (folder / STANDALONE).is_file():
            return True
        config = folder / CONFIG_NAME
        return config.is_file() and json.loads(config.read_text(encoding="utf-8")).get(_OPTION) is not None


def check_every_training() -> None:
    """Adds the callback to AllenNLP's default callbacks, which a trainer appends to its own."""
    defaults: Tuple[Type[TrainerCallback], ...] = gradient_descent_trainer.DEFAULT_CALLBACKS
    if LabelOrigin not in defaults:
        gradient_descent_trainer.DEFAULT_CALLBACKS = (*defaults, LabelOrigin)  # type: ignore[assignment]


def _is_in_memory(loader: Optional[DataLoader]) -> bool:
    kinds = MultiProcessDataLoader, SimpleDataLoader
    return isinstance(loader, kinds) and getattr(loader, "max_instances_in_memory", None) is None


def _label_counts(loader: DataLoader) -> Counts:
    """How often the instances have each label, by the namespaces of the vocabulary."""
    counts: Counts = defaultdict(lambda: defaultdict(int))
    for instance in loader.iter_instances():
        for field in instance.fields.values():
            if not isinstance(field, TextField):
                field.count_vocab_items(counts)
    return counts


def _listed(labels: List[str]) -> str:
    more = f", … ({len(labels)} in all)" if len(labels) > _MOST_NAMES else ""
    return ", ".join(labels[:_MOST_NAMES]) + more
