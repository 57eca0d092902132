"""A spaCy component that contains its model: read from an archive once, then saved, loaded and pickled with it."""

import logging
import sys
from abc import ABC, abstractmethod
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Any, Callable, Dict, Iterable, Optional, Tuple, Union

from spacy.language import Language
from spacy.pipeline import Pipe
from spacy.training import Example
from spacy.util import ensure_path
from spacy.vocab import Vocab

# AllenNLP is imported when the first model is loaded. Listing spaCy's factories must not import it.
if TYPE_CHECKING:
    from skd_plugin.archives import SavedModel
    from skd_plugin.models import StructuredModel
    from skd_plugin.serving.model.student import Student

logger = logging.getLogger(__name__)

MODEL_FILE = "model.safetensors"


class ModelPipe(Pipe, ABC):
    """
    A component with a trained model, which it saves and loads.

    `StructuredPipe` describes the parameters.
    """

    def __init__(self, vocab: Vocab, name: str, archive: Optional[str] = None) -> None:
        self.vocab = vocab
        self.name = name
        self._student: Optional[Student] = None
        self._failure: Optional[str] = None
        self._labels: Tuple[str, ...] = ()
        if archive is not None:
            self._read_configured(archive)

    @abstractmethod
    def check(self, model: "StructuredModel") -> None:
        """Raises `ValueError` if the component cannot use the model."""

    @abstractmethod
    def labels_of(self, model: "StructuredModel") -> Tuple[str, ...]:
        """The labels that the component may write, as spaCy spells them."""

    @property
    def labels(self) -> Tuple[str, ...]:
        """The labels that the component may write; empty while there is no model."""
        return self._labels

    @property
    def student(self) -> "Student":
        """The component's model. Raises `ValueError` while there is none."""
        if self._student is None:
            raise ValueError(self._failure or _missing_model(self.name))
        return self._student

    def initialize(
        self,
        get_examples: Optional[Callable[[], Iterable[Example]]] = None,
        *,
        nlp: Optional[Language] = None,
        archive: Optional[str] = None,
    ) -> None:
        """Reads the archive, if there is one. A component that has its model needs none. Examples are not used."""
        if archive is not None:
            self.load(archive)
        self.student  # noqa: B018  # raises if there is no model

    def load(self, archive: Union[str, Path]) -> None:
        """Reads a trained model from its `model.tar.gz`, or from the directory of its run."""
        from skd_plugin.archives import read

        self._adopt(read(Path(archive)))

    def use(self, student: "Student") -> None:
        """Uses this model from now on. Raises `ValueError` if it is of the wrong kind."""
        self.check(student.model)
        self._student, self._failure, self._labels = student, None, self.labels_of(student.model)
        # A component that is copied into another pipeline, by `source=`, takes along the strings that are known now.
        self.add_labels(self.vocab)

    def add_labels(self, vocab: Vocab) -> None:
        """Makes the labels known to a vocab, also after the end of a memory zone."""
        for label in self._labels:
            vocab.strings.add(label, allow_transient=False)  # type: ignore[call-arg]  # spaCy's stub lacks it

    def to_bytes(self, *, exclude: Iterable[str] = ()) -> bytes:
        """The model as bytes; empty while there is no model."""
        if self._student is None:
            return b""
        from skd_plugin.archives import to_bytes

        return to_bytes(self._student.saved)

    def from_bytes(self, data: bytes, *, exclude: Iterable[str] = ()) -> "ModelPipe":
        """Reads what `to_bytes` has returned."""
        if data:
            from skd_plugin.archives import from_bytes

            self._adopt(from_bytes(data))
        return self

    def to_disk(self, path: Union[str, Path], *, exclude: Iterable[str] = ()) -> None:
        """Writes the model as one file into the folder. Writes nothing while there is no model."""
        folder = ensure_path(path)
        folder.mkdir(parents=True, exist_ok=True)
        if self._student is not None:
            from skd_plugin.archives import write

            write(self._student.saved, folder / MODEL_FILE)

    def from_disk(self, path: Union[str, Path], *, exclude: Iterable[str] = ()) -> "ModelPipe":
        """Reads what `to_disk` has written."""
        file = ensure_path(path) / MODEL_FILE
        if file.is_file():
            from skd_plugin.archives import read_file

            self._adopt(read_file(file))
        return self

    def __reduce__(self) -> Tuple[Any, ...]:
        state = {name: value for name, value in self.__dict__.items() if name != "_student"}
        return _rebuild, (type(self), self.name, state, self.to_bytes())

    def _adopt(self, saved: "SavedModel") -> None:
        from skd_plugin.serving.model.student import Student

        self.use(Student(saved))

    def _read_configured(self, archive: str) -> None:
        """
        Reads the archive that the configuration names. If that fails while spaCy loads a pipeline, the reason is kept
        for `student`.

        A saved pipeline contains its model and still names the archive, which may be gone or replaced by now.
        """
        exists = Path(archive).exists()
        try:
            if not exists:
                raise ValueError(
                    f"There is no archive at {archive}, which the configuration of {self.name} names. Correct the "
                    f"path. {_missing_model(self.name)}"
                )
            self.load(archive)
        except Exception as error:
            if not _is_loading():
                raise
            self._failure = str(error)
            if exists:
                logger.warning("%s has no model yet: %s", self.name, error)


def describe(model: "StructuredModel") -> str:
    """Names a model and some of its labels, for messages."""
    labels: Tuple[str, ...] = getattr(model, "labels", ())
    return f"a {type(model).__name__} of {', '.join(labels[:5])}{'…' if len(labels) > 5 else ''}"


def _is_loading() -> bool:
    """Whether spaCy makes a pipeline from a config, as for a saved one, and not `nlp.add_pipe` a single component."""
    # spaCy does not tell a factory, but calls it within this method.
    code = Language.from_config.__func__.__code__  # type: ignore[attr-defined]
    frame: Optional[FrameType] = sys._getframe()
    while frame is not None and frame.f_code is not code:
        frame = frame.f_back
    return frame is not None


def _rebuild(kind: Any, name: str, state: Dict[str, Any], data: bytes) -> Any:
    component = kind.__new__(kind)
    component.name = name
    component.__dict__.update(state, _student=None)
    return component.from_bytes(data)


def _missing_model(name: str) -> str:
    return (
        f"{name} has no model. Name the model.tar.gz of a trained model: nlp.add_pipe(…, config={{'archive': "
        f"'PATH'}}), or `archive` under [initialize.components.{name}] and then nlp.initialize()."
    )
