"""A component of a spaCy pipeline as a teacher, on words as they are given."""

from pathlib import Path
from typing import TYPE_CHECKING, Any, Dict, List, Optional, Sequence

import torch
from allennlp.common.checks import ConfigurationError

from skd_plugin.distillation.teachers.model import TeacherModel, Words, digest_of_files
from skd_plugin.distillation.teachers.models.spacy_components import Reading, kinds_of, reading_of
from skd_plugin.structures import Factorization

if TYPE_CHECKING:
    from spacy.language import Language
    from spacy.tokens import Doc

CONFIG, META = "config.cfg", "meta.json"


@TeacherModel.register("spacy")
class SpacyPipeline(TeacherModel):
    """
    A component of a spaCy pipeline. It gives its distribution or, if it has none, its best structures; see
    `spacy_components`.

    Words stay as they are given: the pipeline's tokenizer is not used. Each sentence is told to the pipeline as one
    sentence, so that a parser gives it one root. The component runs where spaCy runs (see `spacy.require_gpu`),
    whatever the device of the student is.

    Registered as a `TeacherModel` with name "spacy".

    # Parameters

    pipeline : `str`
        The folder of a pipeline, such as the `model-best` that `spacy train` has written, or the name of an installed
        one, such as `en_core_web_sm`.
    component : `str`
        The name of the component in the pipeline. Which kind it is follows from its class.
    """

    def __init__(self, pipeline: str, component: str) -> None:
        self._pipeline = pipeline
        self._component = component
        # Other processes may be in another folder.
        self._folder = _found(pipeline).absolute()
        _check_component(self._folder, self.name, component)
        self._nlp: Optional["Language"] = None
        self._reading: Optional[Reading] = None

    @property
    def name(self) -> str:
        return f"{self._pipeline} ({self._component})"

    def fingerprint(self) -> str:
        """A digest of all files of the pipeline with their paths, of the component's name, and of spaCy's version."""
        import spacy

        version = spacy.__version__.split(".")[:2]
        try:
            (_data_folder(self._folder) / CONFIG).stat()
            # Python writes files of its own when it imports a package.
            paths = sorted(
                path.relative_to(self._folder)
                for path in self._folder.rglob("*")
                if path.is_file() and path.parent.name != "__pycache__"
            )
            names = [path.as_posix() for path in paths]
            return digest_of_files([self._folder / path for path in paths], names, self._component, version)
        except OSError as error:
            raise ConfigurationError(
                f"The spaCy pipeline {self._pipeline} cannot be read ({error}). Give the folder of one that can."
            ) from error

    def load(self, device: torch.device) -> None:
        import spacy

        # The code of a package may be needed too.
        where = self._folder if (self._folder / CONFIG).is_file() else self._pipeline
        try:
            disabled = _config(self._folder)["nlp"].get("disabled", [])
            # While spaCy loads, it connects components that are not disabled with those whose vectors they read.
            others = [name for name in disabled if name != self._component]
            self._nlp = spacy.load(where, config={"nlp": {"disabled": others}})
        except Exception as error:  # spaCy and the libraries of its components raise errors of many classes
            raise ConfigurationError(
                f"The spaCy pipeline {self._pipeline} cannot be loaded ({error}). If its language or a component comes "
                "from another package, install that; otherwise try `spacy.load` in Python with the same folder."
            ) from error
        self._reading = reading_of(self._nlp, self._component)
        self.scored_words = self._reading.scored_words
        if not self._reading.has_distribution:
            kind = self._nlp.get_pipe_meta(self._component).factory
            self.say_once(
                f"The component {self._component} ({kind}) of the spaCy pipeline {self._pipeline} has no distribution, "
                "so it teaches its best structures: every objective that is a cross-entropy learns what top_1 learns, "
                "and kd_teacher_entropy is 0."
            )

    def factorize(self, sentences: Sequence[Words]) -> Factorization:
        assert self._nlp is not None and self._reading is not None
        _check_words(sentences, self.name)
        # What a memory zone adds to the vocabulary of the pipeline is forgotten at its end.
        with self._nlp.memory_zone():
            docs = [_doc(self._nlp, words) for words in sentences]
            for pipe in self._reading.needs:
                docs = list(pipe.pipe(docs))
            return self._reading.factorize(docs)


def _doc(nlp: "Language", words: Words) -> "Doc":
    from spacy.tokens import Doc

    starts: List[Any] = [position == 0 for position in range(len(words))]
    return Doc(nlp.vocab, words=list(words), sent_starts=starts)


def _check_words(sentences: Sequence[Words], name: str) -> None:
    for words in sentences:
        if not words or not all(map(str.strip, words)):
            raise ConfigurationError(
                f"The teacher {name} cannot read the sentence {list(words)!r}: expected words, none of which is empty "
                "or white space alone. Take such words out of the data of the student."
            )


def _found(pipeline: str) -> Path:
    """The folder of the pipeline, or of the package that contains it. Raises `ConfigurationError` if there is none."""
    from spacy.util import get_package_path, is_package

    folder = Path(pipeline)
    if (folder / CONFIG).is_file():
        return folder
    if pipeline and is_package(pipeline):
        found: Path = get_package_path(pipeline)
        if (_data_folder(found) / CONFIG).is_file():
            return found
    inside = sorted(path.parent.name for path in folder.glob(f"*/{CONFIG}"))
    meant = f"There is {', '.join(str(folder / name) for name in inside)}. " if inside else ""
    raise ConfigurationError(
        f"There is no spaCy pipeline {pipeline!r}: it is neither a folder with a {CONFIG} nor an installed package of "
        f"a pipeline. {meant}Give the folder that `spacy train` or `nlp.to_disk` has written, or install the package."
    )


def _data_folder(folder: Path) -> Path:
    """A pipeline's own folder; in a package it is the folder in it that is named after language, name and version."""
    from spacy.util import load_meta

    if (folder / CONFIG).is_file() or not (folder / META).is_file():
        return folder
    meta = load_meta(folder / META)
    return folder / "{lang}_{name}-{version}".format(**meta)


def _config(folder: Path) -> Dict[str, Any]:
    from spacy.util import load_config

    return load_config(_data_folder(folder) / CONFIG)


def _check_component(folder: Path, name: str, component: str) -> None:
    config = _config(folder)
    factories = {pipe: config["components"][pipe].get("factory", "") for pipe in config["nlp"]["pipeline"]}
    if component not in factories:
        raise ConfigurationError(
            f"The spaCy pipeline of the teacher {name} has no component {component!r}, expected one of those that it "
            f"has: {kinds_of(factories)}."
        )
