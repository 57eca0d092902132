"""The spaCy side that all components share: docs in batches, each annotated or handed to the error handler."""

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any, Callable, Dict, Generic, Iterable, Iterator, List, Optional, Tuple, TypeVar

from spacy.tokens import Doc
from spacy.util import minibatch
from spacy.vocab import Vocab

from skd_plugin.serving.components.carrier import Carrier
from skd_plugin.serving.docs.units import Unit, units

if TYPE_CHECKING:
    from skd_plugin.models import StructuredModel
    from skd_plugin.structures import Factorization

T = TypeVar("T")
Scorer = Callable[..., Dict[str, Any]]


class StructuredPipe(Carrier, ABC, Generic[T]):
    """
    Annotates docs with what a trained model finds. A subclass says which models it takes (`check`), what it reads off
    their distributions (`read`), and how it writes that on a doc (`write`).

    # Parameters

    vocab : `Vocab`
    name : `str`
    archive : `str`, optional (default = `None`)
        The `model.tar.gz` of a model of the right kind. What a saved pipeline brings takes precedence, so that it does
        not matter whether the path still leads anywhere.
    max_words : `int`, optional (default = `1000`)
        Longer sentences, and docs without sentence boundaries, are read in pieces of at most so many words.
    scorer : `Callable`, optional (default = `None`)
    """

    def __init__(
        self,
        vocab: Vocab,
        name: str,
        *,
        archive: Optional[str] = None,
        max_words: int = 1000,
        scorer: Optional[Scorer] = None,
    ) -> None:
        if max_words < 1:
            raise ValueError(f"`max_words` of {name} is {max_words}, expected at least 1.")
        super().__init__(vocab, name, archive)
        self.max_words = max_words
        self.scorer = scorer

    @abstractmethod
    def read(self, model: "StructuredModel", found: "Factorization") -> List[T]:
        """What the component needs of each sentence of a batch."""

    @abstractmethod
    def write(self, doc: Doc, read: List[Unit], results: List[T]) -> None:
        """Annotates the doc with what was read off each of its sentences."""

    def units(self, doc: Doc) -> List[Unit]:
        """What of the doc is read."""
        return units(doc, self.max_words)

    def predict(self, docs: List[Doc]) -> List[Tuple[List[Unit], List[T]]]:
        """What was read of each doc, and what was read off it."""
        read = [self.units(doc) for doc in docs]
        results = iter(self.student([unit for doc in read for unit in doc], self.read))
        return [(doc, [next(results) for _ in doc]) for doc in read]

    def __call__(self, doc: Doc) -> Doc:
        [(read, results)] = self.predict([doc])
        self.write(doc, read, results)
        return doc

    def pipe(self, stream: Iterable[Doc], *, batch_size: int = 128) -> Iterator[Doc]:
        """
        Annotates docs in their order; the sentences of `batch_size` docs at a time are sorted by length.

        The error handler gets docs one by one: no doc is lost because another one in its batch fails.
        """
        self.student  # noqa: B018  # that there is no model is no error of a doc
        for docs in minibatch(stream, size=batch_size):
            yield from self._annotated(docs)

    def _annotated(self, docs: List[Doc]) -> Iterator[Doc]:
        try:
            predicted = self.predict(docs)
        except Exception as error:
            if len(docs) == 1:
                self.get_error_handler()(self.name, self, docs, error)
                return
            for doc in docs:
                yield from self._annotated([doc])
            return
        for doc, (read, results) in zip(docs, predicted):
            try:
                self.write(doc, read, results)
            except Exception as error:
                self.get_error_handler()(self.name, self, [doc], error)
            else:
                yield doc
