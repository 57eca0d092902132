"""A teacher and what it has said: its potentials for each sentence, computed once and kept on the CPU."""

import logging
from pathlib import Path
from typing import Iterable, List, Optional, Sequence

import torch
from allennlp.common import FromParams, Tqdm
from allennlp.common.checks import ConfigurationError

from skd_plugin.distillation.teachers import store as potentials_file
from skd_plugin.distillation.teachers.model import TeacherModel, Words, batches, find_archive, fingerprint
from skd_plugin.distillation.teachers.store import Potentials, key
from skd_plugin.structures import Factorization

logger = logging.getLogger(__name__)


class Teacher(FromParams):
    """
    What is kept are potentials, not probabilities: they serve every student and every temperature.

    # Parameters

    archive : `str`
        The teacher's `model.tar.gz`.
    weight : `float`, optional (default = `1.0`)
        Its share among several teachers; shares are divided by their sum.
    store : `str`, optional (default = `None`)
        A file to keep the potentials in between runs. Without it they are kept in memory, for this run.
    batch_size : `int`, optional (default = `64`)
        Sentences the teacher reads at once.
    trusted_modules : `List[str]`, optional (default = `None`)
        More packages, beside AllenNLP and this plugin, whose registered classes the archive may use.
    """

    def __init__(
        self,
        archive: str,
        weight: float = 1.0,
        store: Optional[str] = None,
        batch_size: int = 64,
        trusted_modules: Optional[List[str]] = None,
    ) -> None:
        if not weight > 0:
            raise ConfigurationError(f"The weight of teacher {archive} is {weight}, expected a number above 0.")
        self.weight = weight
        self._archive = find_archive(archive)
        self._store = None if store is None else Path(store)
        self._batch_size = batch_size
        self._trusted_modules = trusted_modules or []
        self._device = torch.device("cpu")
        self._model: Optional[TeacherModel] = None
        self._known: Potentials = {}

    def open(self, device: torch.device) -> None:
        """Makes ready to run on `device`; the model itself is loaded at the first sentence that is not stored."""
        self._device = device
        if self._store is not None:
            self._known = potentials_file.load(self._store, fingerprint(self._archive))

    def study(self, sentences: Iterable[Words], is_primary: bool = True) -> None:
        """Runs once over all sentences that are not known yet, with a progress bar."""
        unknown = self._unknown(sentences)
        if not unknown:
            return
        logger.info("Teacher %s reads %d sentences", self._archive, len(unknown))
        progress = Tqdm.tqdm(total=len(unknown), desc="teacher", unit=" sentences", disable=not is_primary)
        for batch in batches(unknown, self._batch_size):
            self._learn(batch)
            progress.update(len(batch))
        progress.close()
        if self._store is not None:
            potentials_file.add(self._store, self._known, fingerprint(self._archive))

    def __call__(self, sentences: Sequence[Words]) -> Factorization:
        """The distribution over the structures of each sentence, as one batch on the device."""
        unknown = self._unknown(sentences)
        if unknown:
            self._learn(unknown)
        known = [self._known[key(words)] for words in sentences]
        return type(known[0]).stack(known).to(self._device)

    def _unknown(self, sentences: Iterable[Words]) -> List[Words]:
        return list({key(words): words for words in sentences if key(words) not in self._known}.values())

    def _learn(self, sentences: List[Words]) -> None:
        if self._model is None:
            self._model = TeacherModel(self._archive, self._device, self._trusted_modules)
        self._known.update(zip(map(key, sentences), self._model.factorize(sentences)))
