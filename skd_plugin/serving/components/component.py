"""What all components share: they read docs in batches, and annotate each doc or pass it to the error handler."""

from abc import ABC, abstractmethod
from itertools import islice
from typing import (
    TYPE_CHECKING,
    Any,
    Callable,
    ClassVar,
    Dict,
    Generic,
    Iterable,
    Iterator,
    List,
    Optional,
    Tuple,
    TypeVar,
)

from spacy.tokens import Doc
from spacy.util import minibatch
from spacy.vocab import Vocab

from skd_plugin.serving.components.model_pipe import ModelPipe
from skd_plugin.serving.docs.units import Unit, split_into_units

if TYPE_CHECKING:
    from skd_plugin.models import StructuredModel
    from skd_plugin.structures import Factorization

T = TypeVar("T")
Scorer = Callable[..., Dict[str, Any]]


# `Generic` first: what spaCy 3.8.2 does for each subclass of a pipe would keep it from learning of `T`.
class StructuredPipe(Generic[T], ModelPipe, ABC):
    """
    Annotates docs with a trained model.

    A subclass decides which models it accepts (`check`), what it takes from their distributions (`read`), and how it
    writes that to a doc (`write`).

    # Parameters

    vocab : `Vocab`
    name : `str`
    archive : `str`, optional (default = `None`)
        The `model.tar.gz` of a model of the right kind. A saved pipeline contains its model, so the path need not exist
        when it is loaded.
    max_words : `int`, optional (default = `None`)
        Longer sentences are read in pieces of at most this many words. A doc without sentence boundaries counts as one
        sentence. None is 1000, or 256 for a model that scores triples of words, whose memory grows with the third power
        of the number.
    scorer : `Callable`, optional (default = `None`)
        What `nlp.evaluate` calls.
    """

    reads_annotations: ClassVar[bool] = False
    """Whether its results depend on what earlier components have written, apart from sentences."""

    def __init__(
        self,
        vocab: Vocab,
        name: str,
        *,
        archive: Optional[str] = None,
        max_words: Optional[int] = None,
        scorer: Optional[Scorer] = None,
    ) -> None:
        if max_words is not None and max_words < 1:
            raise ValueError(f"`max_words` of {name} is {max_words}, expected at least 1, or None for the default.")
        super().__init__(vocab, name, archive)
        self.max_words = max_words
        self.scorer = scorer

    @abstractmethod
    def read(self, model: "StructuredModel", distribution: "Factorization") -> List[T]:
        """The result for each sentence of a batch, taken from the model's distribution over the batch."""

    @abstractmethod
    def write(self, doc: Doc, units: List[Unit], results: List[T]) -> None:
        """Annotates the doc with the results for its units."""

    def units(self, docs: List[Doc]) -> List[List[Unit]]:
        """The parts of each doc that the model reads."""
        return self.split(docs, self.student.max_words if self.max_words is None else self.max_words)

    def split(self, docs: List[Doc], max_words: int) -> List[List[Unit]]:
        """The sentences of each doc, in pieces of at most `max_words` words."""
        return split_into_units(docs, max_words)

    @property
    def scored_words(self) -> int:
        """How many words one of the model's scores is about; see `skd_plugin.models.batches`."""
        return self.student.model.scored_words

    def distribution(self, docs: List[Doc]) -> "Factorization":
        """
        The model's distribution over the structures of each doc, as one batch. With it the component can teach.

        Raises `ValueError` unless each doc is one sentence without white space. However long it is, it is read at once.
        """
        units = [unit for units in self.split(docs, max(map(len, docs))) for unit in units]
        if [len(unit.forms) for unit in units] != list(map(len, docs)):
            raise ValueError(
                f"{self.name} was given docs of several sentences, or with white space or without words, expected a "
                "sentence in each."
            )
        return self.student.distribution(units)

    def predict(self, docs: List[Doc]) -> List[Tuple[List[Unit], List[T]]]:
        """The units of each doc, and the result for each unit."""
        units_of_docs = self.units(docs)
        results = iter(self.student([unit for units in units_of_docs for unit in units], self.read))
        return [(units, list(islice(results, len(units)))) for units in units_of_docs]

    def __call__(self, doc: Doc) -> Doc:
        [(units, results)] = self.predict([doc])
        self.write(doc, units, results)
        return doc

    def pipe(self, stream: Iterable[Doc], *, batch_size: int = 128) -> Iterator[Doc]:
        """
        Annotates docs and returns them in their order. Sentences of `batch_size` docs at a time are sorted by length.

        The error handler gets docs one by one, so that no doc is lost because another one in its batch fails.
        """
        self.student  # noqa: B018  # a missing model is not the fault of a doc
        for docs in minibatch(stream, size=batch_size):
            yield from self._annotate(docs)

    def _annotate(self, docs: List[Doc]) -> Iterator[Doc]:
        try:
            predictions = self.predict(docs)
        except Exception as error:
            if len(docs) == 1:
                self.get_error_handler()(self.name, self, docs, error)
                return
            for doc in docs:
                yield from self._annotate([doc])
            return
        for doc, (units, results) in zip(docs, predictions):
            try:
                self.write(doc, units, results)
            except Exception as error:
                self.get_error_handler()(self.name, self, [doc], error)
            else:
                yield doc
