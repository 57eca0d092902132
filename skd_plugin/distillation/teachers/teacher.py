"""A teacher in a distillation: it reads each sentence once, and its potentials are kept from then on."""

import logging
import math
from pathlib import Path
from typing import Iterable, List, Optional, Sequence

import torch
from allennlp.common import Tqdm
from allennlp.common.checks import ConfigurationError

from skd_plugin.compat.options import CheckedOptions, check_range
from skd_plugin.distillation.teachers.keys import key
from skd_plugin.distillation.teachers.model import TeacherModel, Words, find_archive, fingerprint
from skd_plugin.distillation.teachers.shard import Factorizations
from skd_plugin.distillation.teachers.store import Store
from skd_plugin.structures import Factorization

logger = logging.getLogger(__name__)


class Teacher(CheckedOptions):
    """
    A trained model, and the potentials that it has given to sentences so far. They are kept on the CPU.

    `archive` is the path of its archive, and `fingerprint`, after `open`, a digest of the archive's bytes.

    # Parameters

    archive : `str`
        The teacher's `model.tar.gz`.
    weight : `float`, optional (default = `1.0`)
        Its weight among several teachers. The weights are divided by their sum.
    store : `str`, optional (default = `None`)
        A folder that keeps the potentials for later runs. Without it they are kept in memory, for this run. A file
        that version 0.1.0 has written is read, and new potentials go to the folder `FILE.shards` beside it.
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
        if not 0 < weight < math.inf:
            raise ConfigurationError(
                f"The `weight` of teacher {archive} is {weight}, expected a finite number above 0."
            )
        check_range(f"The `batch_size` of teacher {archive}", batch_size, 1)
        if store == "":
            raise ConfigurationError(
                f"The `store` of teacher {archive} is '', expected the path of a folder. Leave the option out to keep "
                "the potentials in memory only."
            )
        self.weight = weight
        self.archive = find_archive(archive)
        self.fingerprint = ""
        self._store_path = None if store is None else Path(store)
        self._batch_size = batch_size
        self._trusted_modules = trusted_modules or []
        self._device = torch.device("cpu")
        self._model: Optional[TeacherModel] = None
        self._store: Optional[Store] = None
        self._factorizations: Factorizations = {}

    def open(self, device: torch.device) -> None:
        """Reads the store. The model itself is loaded, on `device`, at the first sentence that is not stored."""
        self._device = device
        self._model, self._factorizations = None, {}
        self.fingerprint = fingerprint(self.archive)
        if self._store_path is not None:
            self._store = Store(self._store_path, self.fingerprint)
            self._factorizations = self._store.load()

    def study(self, sentences: Iterable[Words], is_primary: bool = True) -> None:
        """
        Reads all sentences that it has not read yet, with a progress bar.

        They are stored meanwhile. If the reading is interrupted, what was read is stored.
        """
        unread = self._unread(sentences)
        if unread and self._store is not None:
            self._store.prepare()
        try:
            if unread:
                known = len(self._factorizations)
                logger.info("Teacher %s reads %d sentences, and has read %d before", self.archive, len(unread), known)
                self._read(unread, shows_progress=is_primary)
        finally:
            if self._store is not None:
                self._store.flush()

    def __call__(self, sentences: Sequence[Words]) -> Factorization:
        """The distribution over the structures of each sentence, as one batch on the device."""
        unread = self._unread(sentences)
        if unread:
            self._read(unread, shows_progress=False)
        factorizations = [self._factorizations[key(words)] for words in sentences]
        return type(factorizations[0]).stack(factorizations).to(self._device)

    def _unread(self, sentences: Iterable[Words]) -> List[Words]:
        """Each sentence that is new, once."""
        keyed = ((key(words), words) for words in sentences)
        return list({name: words for name, words in keyed if name not in self._factorizations}.values())

    def _read(self, sentences: List[Words], shows_progress: bool) -> None:
        if self._model is None:
            self._model = self._load()
        with Tqdm.tqdm(total=len(sentences), desc="teacher", unit=" sentences", disable=not shows_progress) as progress:
            for batch in self._model.batches(sentences, self._batch_size):
                read = dict(zip(map(key, batch), self._model.factorize(batch)))
                self._factorizations.update(read)
                if self._store is not None:
                    self._store.add(read)
                progress.update(len(batch))

    def _load(self) -> TeacherModel:
        """Loads the model. Raises `ConfigurationError` if it is not the one whose fingerprint was taken by `open`."""
        if self._store is not None:
            self._store.prepare()
        model = TeacherModel(self.archive, self._device, self._trusted_modules)
        if fingerprint(self.archive) != self.fingerprint:
            raise ConfigurationError(
                f"The teacher archive {self.archive} has changed since this run began, so its potentials would be kept "
                "as those of another teacher. Start the run again when the archive is complete."
            )
        return model
