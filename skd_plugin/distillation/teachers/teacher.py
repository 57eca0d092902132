"""A teacher in a distillation: it reads each sentence once, and what it says is kept, in its store or in memory."""

import logging
import math
from copy import copy
from itertools import chain
from pathlib import Path
from typing import Any, Dict, Hashable, Iterable, List, Optional, Sequence

import numpy as np
import torch
from allennlp.common import Params, Tqdm
from allennlp.common.checks import ConfigurationError
from numpy.typing import NDArray

from skd_plugin.compat.options import CheckedOptions, check_options, check_range, parameters_of
from skd_plugin.distillation.teachers.index import Keys, as_keys, as_list
from skd_plugin.distillation.teachers.keys import key
from skd_plugin.distillation.teachers.label_map import LabelMap
from skd_plugin.distillation.teachers.model import TeacherModel, Words, load_model
from skd_plugin.distillation.teachers.reading import PART_SIZE, Sentences, Survey, read
from skd_plugin.distillation.teachers.shard import Factorizations
from skd_plugin.distillation.teachers.store import Store
from skd_plugin.structures import Factorization

logger = logging.getLogger(__name__)


# What is not among the options of a teacher in a configuration, where those of its model are.
_COMPOSED = ("self", "model")


class Teacher(CheckedOptions):
    """
    A model that teaches, and the potentials that it has given to sentences so far. They are in its store, or in memory.

    In a configuration, the options of the model stand beside those of the teacher:

        { archive: 'runs/teacher/model.tar.gz', store: 'teacher.store' }
        { type: 'huggingface', model: 'path/or/name', weight: 2, label_map: { PERSON: 'PER', MISC: null } }

    `fingerprint`, after `open`, is that of the model.

    # Parameters

    model : `TeacherModel`
        An archive of this plugin, or another model, by its `type`.
    weight : `float`, optional (default = `1.0`)
        Its weight among several teachers. The weights are divided by their sum.
    store : `str`, optional (default = `None`)
        A folder that keeps the potentials for later runs. Without it they are kept in memory, for this run. A file
        that version 0.1.0 has written is read, and new potentials go to the folder `FILE.shards` beside it.
    batch_size : `int`, optional (default = `64`)
        How many sentences the teacher reads at once, at most. Of long sentences it reads fewer; see
        `skd_plugin.models.batches`.
    label_map : `Dict[str, Optional[str]]`, optional (default = `None`)
        What its labels are called for the student: types of entities, relations, or labels that are neither. Those that
        are left out keep their names. Entities of a type whose name is null count as no entities.
    """

    def __init__(
        self,
        model: TeacherModel,
        weight: float = 1.0,
        store: Optional[str] = None,
        batch_size: int = 64,
        label_map: Optional[Dict[str, Optional[str]]] = None,
    ) -> None:
        if not 0 < weight < math.inf:
            raise ConfigurationError(
                f"The `weight` of teacher {model.name} is {weight}, expected a finite number above 0."
            )
        check_range(f"The `batch_size` of teacher {model.name}", batch_size, 1)
        if store == "":
            raise ConfigurationError(
                f"The `store` of teacher {model.name} is '', expected the path of a folder. Leave the option out to "
                "keep the potentials in memory only."
            )
        self.model = model
        self.weight = weight
        self.fingerprint = ""
        self._store_path = None if store is None else Path(store)
        self._batch_size = batch_size
        self._label_map = LabelMap(label_map or {}, model.name)
        self._device = torch.device("cpu")
        self._loaded: Optional[TeacherModel] = None
        self._store: Optional[Store] = None
        # What is not in the store.
        self._in_memory: Factorizations = {}

    @classmethod
    def from_params(cls, params: Params, *args: Any, **extras: Any) -> "Teacher":
        own = {name: parameter for name, parameter in parameters_of(cls.__init__).items() if name not in _COMPOSED}
        options = {name: params.pop(name, keep_as_dict=True) for name in own if name in params}
        kind = params.get("type", TeacherModel.default_implementation)
        kinds = ", ".join(TeacherModel.list_available())
        if not isinstance(kind, str):
            raise ConfigurationError(f"The `type` of a teacher is {kind!r}, expected one of {kinds}.")
        of_model = parameters_of(TeacherModel.by_name(kind).__init__)
        given = {name: value for name, value in params.params.items() if name != "type"}
        check_options(f"A teacher of the type {kind!r} (one of {kinds})", {**of_model, **own}, {**given, **options})
        return cls(TeacherModel.from_params(params), **options)

    @property
    def name(self) -> str:
        """That of its model."""
        return self.model.name

    @property
    def store_path(self) -> Optional[Path]:
        """The folder of its store."""
        return self._store_path

    def without_store(self) -> "Teacher":
        """The same teacher, not opened, which keeps all potentials in memory."""
        other = copy(self)
        other._store_path = other._store = other._loaded = None
        other._in_memory = {}
        return other

    def open(self, device: torch.device) -> None:
        """Opens the store. The model itself is loaded, on `device`, at the first sentence that is not stored."""
        self._device = device
        self._loaded, self._store, self._in_memory = None, None, {}
        self.fingerprint = self.model.fingerprint()
        if self._store_path is not None:
            self._store = Store(self._store_path, self.fingerprint)
            self._store.open()
            self._store.refuse_missing_folds()

    def load(self) -> TeacherModel:
        """Its model, loaded, which it is at the first sentence that is not stored. `open` was called before."""
        return self._loaded_model()

    def missing(self, sentences: Iterable[Words]) -> List[Words]:
        """Those of the sentences about which it can say nothing."""
        if not self.model.is_partial:
            return []
        unread = (words for words in sentences if not self._has(as_keys(key(words)))[0])
        first = next(unread, None)
        return [] if first is None else self._loaded_model().missing(chain([first], unread))

    def study(self, sentences: Sentences, is_primary: bool = True) -> None:
        """
        Reads all sentences that it has not read yet, with a progress bar.

        They are stored part by part. If the reading is interrupted, the parts that were read are stored.

        # Parameters

        sentences : `Sentences`
            Gives the sentences as often as it is called: once, and once more if something is to be read.
        is_primary : `bool`, optional (default = `True`)
            Whether the progress is shown.
        """
        self._store_what_is_in_memory()
        survey = Survey(sentences, self._has, PART_SIZE)
        if not survey.num_unread:
            return
        if self._store is not None:
            self._store.prepare()
        model = self._loaded_model()
        known = survey.num_different - survey.num_unread
        logger.info("Teacher %s reads %d sentences, and has read %d before", self.name, survey.num_unread, known)
        with Tqdm.tqdm(total=survey.num_unread, desc="teacher", unit=" sentences", disable=not is_primary) as progress:
            for part in survey.parts():
                self._keep(read(model, part.sentences, self._batch_size, progress.update))
        if self._store is not None:
            self._store.open()

    def groups(self, sentences: Sequence[Words]) -> List[Hashable]:
        """
        For each sentence the group that it belongs to. Only sentences of one group can be in one batch: a cross-fitted
        store has the potentials of several models, whose shared ones, such as the transitions of a chain, differ.
        """
        if self._store is None:
            return [b""] * len(sentences)
        return list(self._store.shared_digests(list(map(key, sentences))))

    def __call__(self, sentences: Sequence[Words]) -> Factorization:
        """The distribution over the structures of each sentence, all of one group, as one batch on the device."""
        return self._label_map(self._read(sentences)).to(self._device)

    def _read(self, sentences: Sequence[Words]) -> Factorization:
        names = list(map(key, sentences))
        if self._store is not None and self._store.has(as_keys(b"".join(names))).all():
            return self._store.read(names)
        unread = {name: words for name, words in zip(names, sentences) if not self._has(as_keys(name))[0]}
        if unread:
            self._in_memory |= read(self._loaded_model(), list(unread.values()), self._batch_size)
        factorizations = [self._in_memory.get(name) or self._stored(name) for name in names]
        return type(factorizations[0]).stack(factorizations)

    def _stored(self, name: bytes) -> Factorization:
        assert self._store is not None
        return self._store.read([name])

    def _has(self, names: Keys) -> NDArray[np.bool_]:
        known = np.zeros(len(names), bool) if self._store is None else self._store.has(names)
        if self._in_memory:
            known |= np.fromiter((name in self._in_memory for name in as_list(names)), bool, len(names))
        return known

    def _keep(self, factorizations: Factorizations) -> None:
        """In the store, or in memory if there is none. A full disk is no reason to stop a training."""
        if self._store is not None:
            try:
                self._store.write(factorizations)
                return
            except OSError as error:
                logger.warning(
                    "The store %s cannot be written (%s). The potentials of %d sentences stay in memory for this run "
                    "only, which goes on; the next run reads these sentences again. Free some space, or name another "
                    "folder as this teacher's `store`.",
                    self._store.path,
                    error,
                    len(factorizations),
                )
        self._in_memory |= factorizations

    def _store_what_is_in_memory(self) -> None:
        """Single sentences that the teacher was asked for before, and what was read while the disk was full."""
        if self._store is not None and self._in_memory:
            self._store.prepare()
            pending, self._in_memory = self._in_memory, {}
            self._keep(pending)
            self._store.open()

    def _loaded_model(self) -> TeacherModel:
        """Raises `ConfigurationError` if the model is not the one whose fingerprint was taken by `open`."""
        if self._loaded is None:
            if self._store is not None:
                self._store.prepare()
            self._loaded = load_model(self.model, self.fingerprint, self._device)
        return self._loaded
