"""
What a teacher has to be able to do: to give a distribution over the structures of a sentence, which is a list of words.

A subclass of `TeacherModel` that is registered can be named as the `type` of a teacher, and then stores, resuming,
`skd-annotate` and everything else work with it as with an archive. docs/teachers.md has one of thirty lines.
"""

import hashlib
import logging
from abc import ABC, abstractmethod
from copy import copy
from pathlib import Path
from typing import Iterable, Iterator, List, Sequence, Tuple

import torch
from allennlp.common import Registrable
from allennlp.common.checks import ConfigurationError
from allennlp.data import DatasetReader

from skd_plugin.compat.options import CheckedOptions
from skd_plugin.data.readers.text import Text
from skd_plugin.models.batches import batches_by_length
from skd_plugin.structures import Factorization

logger = logging.getLogger(__name__)

Words = Tuple[str, ...]

# How many sentences a message names.
_SHOWN = 3


class TeacherModel(CheckedOptions, Registrable, ABC):
    """
    A model that teaches. It is made from its options alone; what takes time or memory is done by `load`.

    A subclass says who it is (`name`, `fingerprint`), and turns words into a factorization (`factorize`), whose labels
    are those that it knows. Its options are the arguments of its constructor.
    """

    default_implementation = "archive"

    scored_words: int = 1
    """How many words a score is about, which bounds the size of batches; see `skd_plugin.models.batches`."""
    is_partial: bool = False
    """
    Whether there are sentences about which it can say nothing, which `missing` then finds. In a training, those with
    gold are learned from gold alone, and others are refused.
    """

    @property
    @abstractmethod
    def name(self) -> str:
        """What messages call it, such as the path or the name that the user has given."""

    @abstractmethod
    def fingerprint(self) -> str:
        """
        A digest of everything on which its answers depend: files (`digest_of_files`), options, versions.

        What was stored of a model with another fingerprint is never taken for this one's. It is asked for before `load`
        and after it. Raises `ConfigurationError` if the model is not there.
        """

    def load(self, device: torch.device) -> None:
        """Makes it ready. It is called once, in each process that reads. Raises `ConfigurationError`."""

    @abstractmethod
    def factorize(self, sentences: Sequence[Words]) -> Factorization:
        """
        The distributions over the structures of these sentences, at least one, as one batch. No gradient is kept.

        All batches have the same class, labels and settings.
        """

    def missing(self, sentences: Iterable[Words]) -> List[Words]:
        """Those of the sentences about which it can say nothing. `load` was called before."""
        return []

    @property
    def reader(self) -> DatasetReader:
        """Reads the files that `skd-annotate` is given without a config: by default text, a sentence per line."""
        return Text()

    def batches(self, sentences: Sequence[Words], size: int) -> Iterator[List[Words]]:
        """
        Batches of at most `size` sentences of similar lengths, the longest first.

        Of long sentences there are fewer, so that what the model scores in a batch fits into memory.
        """
        for batch in batches_by_length(list(map(len, sentences)), self.scored_words, size):
            yield [sentences[index] for index in batch]

    def read(self, sentences: Sequence[Words]) -> List[Factorization]:
        """The distribution over the structures of each sentence, on the CPU. `load` was called before."""
        with torch.no_grad():
            try:
                factorization = self.factorize(sentences)
            except ValueError as error:
                raise ConfigurationError(
                    f"The teacher {self.name} gives no distribution for one of {len(sentences)} sentences, the first "
                    f"of which begins with {' '.join(sentences[0][:5])!r}. {error} If its scores are not finite, its "
                    "training has diverged, or half precision is too small for it: train it again with a smaller "
                    "learning rate."
                ) from error
            if factorization.caveat:
                self.say_once(f"The teacher is a {type(factorization).__name__}. {factorization.caveat}")
            return factorization.as_teacher.to("cpu").unstack()

    def say_once(self, message: str) -> None:
        """Logs a warning, if this model has not yet logged it."""
        said = self.__dict__.setdefault("_said", set())
        if message not in said:
            said.add(message)
            logger.warning(message)


def load_model(model: TeacherModel, expected: str, device: torch.device) -> TeacherModel:
    """
    The same model, loaded. The one that is given stays as it is, and can be sent to other processes.

    Raises `ConfigurationError` if its fingerprint is not the one that was taken before.
    """
    loaded = copy(model)
    loaded.load(device)
    if model.fingerprint() != expected:
        raise ConfigurationError(
            f"The teacher {model.name} has changed since this run began, so its potentials would be kept as those "
            "of another teacher. Start the run again when its files are complete."
        )
    return loaded


def digest_of_files(files: Iterable[Path], *options: object) -> str:
    """
    A digest of the content of these files, and of options if there are any. Raises `OSError`.

    # Parameters

    files : `Iterable[Path]`
        Their order matters.
    options : `object`
        Numbers, strings, and lists or dictionaries of them.
    """
    digest = hashlib.sha256()
    for path in files:
        with path.open("rb") as file:
            while block := file.read(1 << 20):
                digest.update(block)
    if options:
        digest.update(repr(options).encode("utf-8", "surrogatepass"))
    return digest.hexdigest()


def refuse_missing(name: str, missing: Sequence[Words]) -> None:
    """
    Raises `ConfigurationError` unless the teacher of this name can say something about all sentences.

    # Parameters

    name : `str`
    missing : `Sequence[Words]`
        The sentences about which it can say nothing.
    """
    different = list(dict.fromkeys(missing))
    if not different:
        return
    shown = "; ".join(repr(" ".join(words)) for words in different[:_SHOWN])
    raise ConfigurationError(
        f"The teacher {name} says nothing about {len(different):,} different sentences of the data: {shown}"
        f"{'; …' if len(different) > _SHOWN else ''}. It finds sentences by their words, which have to be the same "
        "there and in the data. Add these sentences to what it has, or leave them out of the data. (Labelled sentences "
        "that a teacher lacks are learned from gold alone.)"
    )
