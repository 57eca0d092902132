"""A teacher in a distillation: it reads each sentence once, and its potentials are kept from then on."""

import logging
from pathlib import Path
from typing import Iterable, List, Optional, Sequence

import torch
from allennlp.common import FromParams, Tqdm
from allennlp.common.checks import ConfigurationError

from skd_plugin.distillation.teachers import store as store_file
from skd_plugin.distillation.teachers.model import TeacherModel, Words, find_archive, fingerprint
from skd_plugin.distillation.teachers.store import Factorizations, key
from skd_plugin.structures import Factorization

logger = logging.getLogger(__name__)


class Teacher(FromParams):
    """
    A trained model, and the potentials that it has given to sentences so far. They are kept on the CPU.

    # Parameters

    archive : `str`
        The teacher's `model.tar.gz`.
    weight : `float`, optional (default = `1.0`)
        Its weight among several teachers. The weights are divided by their sum.
    store : `str`, optional (default = `None`)
        A file that keeps the potentials for later runs. Without it they are kept in memory, for this run.
    batch_size : `int`, optional (default = `64`)
        How many sentences the teacher reads at once, at most. Of long sentences it reads fewer; see
        `skd_plugin.models.batches`.
    trusted_modules : `List[str]`, optional (default = `None`)
        Packages whose registered classes the archive may use, in addition to AllenNLP and this plugin.
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
        self.archive = find_archive(archive)
        self._store = None if store is None else Path(store)
        self._batch_size = batch_size
        self._trusted_modules = trusted_modules or []
        self.fingerprint = ""
        self._device = torch.device("cpu")
        self._model: Optional[TeacherModel] = None
        self._factorizations: Factorizations = {}

    def open(self, device: torch.device) -> None:
        """Reads the store. The model itself is loaded, on `device`, at the first sentence that is not stored."""
        self._device = device
        self.fingerprint = fingerprint(self.archive)
        if self._store is not None:
            self._factorizations = store_file.load(self._store, fingerprint(self.archive))

    def study(self, sentences: Iterable[Words], is_primary: bool = True) -> None:
        """Reads all sentences that it has not read yet, with a progress bar, and adds them to the store."""
        unread = self._unread(sentences)
        if not unread:
            return
        logger.info("Teacher %s reads %d sentences", self.archive, len(unread))
        self._read(unread, shows_progress=is_primary)
        if self._store is not None:
            store_file.add(self._store, self._factorizations, fingerprint(self.archive))

    def __call__(self, sentences: Sequence[Words]) -> Factorization:
        """The distribution over the structures of each sentence, as one batch on the device."""
        unread = self._unread(sentences)
        if unread:
            self._read(unread, shows_progress=False)
        factorizations = [self._factorizations[key(words)] for words in sentences]
        return type(factorizations[0]).stack(factorizations).to(self._device)

    def _unread(self, sentences: Iterable[Words]) -> List[Words]:
        """Each sentence that is new, once."""
        return list({key(words): words for words in sentences if key(words) not in self._factorizations}.values())

    def _read(self, sentences: List[Words], shows_progress: bool) -> None:
        if self._model is None:
            self._model = TeacherModel(self.archive, self._device, self._trusted_modules)
        with Tqdm.tqdm(total=len(sentences), desc="teacher", unit=" sentences", disable=not shows_progress) as progress:
            for batch in self._model.batches(sentences, self._batch_size):
                self._factorizations.update(zip(map(key, batch), self._model.factorize(batch)))
                progress.update(len(batch))
