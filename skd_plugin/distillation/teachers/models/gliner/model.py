"""A GLiNER as a teacher: scores of spans for types that are given by their names, without training for them."""

from importlib import metadata
from typing import Any, Dict, List, Optional, Sequence, Tuple, Union

import torch
from allennlp.common.checks import ConfigurationError
from packaging.specifiers import SpecifierSet

from skd_plugin.compat.options import check_range
from skd_plugin.distillation.teachers.model import TeacherModel, Words, digest_of_files
from skd_plugin.distillation.teachers.models.gliner.files import GlinerFiles, gliner_files
from skd_plugin.distillation.teachers.models.gliner.scores import GlinerScores
from skd_plugin.distillation.teachers.models.hub_folder import is_on_hub
from skd_plugin.structures import IndependentSpans

VERSIONS = SpecifierSet(">=0.2.29,<0.3")
"""Those of the package `gliner` that give what is read here."""


@TeacherModel.register("gliner")
class GlinerModel(TeacherModel):
    """
    A GLiNER (Zaratiana et al. 2024) as `IndependentSpans` over the types that it is asked for. The model is one that
    scores spans, not words, and has one encoder, or another one for the types.

    GLiNER scores each type of each span by itself, with a sigmoid: P(span has t) = σ(s_t), whatever other types it has.
    As σ(s) = eˢ (1 − σ(s)), the probability that a span has exactly the types of a set is proportional to
    Π_{t ∈ set} exp(s_t). Conditioned on at most one type, that is 1 for none and exp(s_t) for t, normalized:
    softmax([0, s_1, …, s_T]). So GLiNER's logits are the scores of `IndependentSpans`, and its distribution is
    GLiNER's, conditioned on one type for each span at most. There is no threshold. Spans of more words than GLiNER's
    `max_width` have probability 0.

    The words are those that are given, not those of GLiNER's splitter. A sentence that is longer than the model reads
    is read in overlapping windows.

    Needs `pip install 'skd_plugin[gliner]'`. Registered as a `TeacherModel` with name "gliner".

    # Parameters

    model : `str`
        The folder of a GLiNER, or its name on the hub.
    types : `Union[Dict[str, str], List[str]]`
        What GLiNER is asked for, such as `person`. A dictionary says what the labels are called: `{ person: 'PER' }`.
        The scores depend somewhat on the order, which Jsonnet makes alphabetical for a dictionary.
    revision : `str`, optional (default = `None`)
        A branch, tag or commit of a model on the hub. By default it is the main branch.
    max_width : `int`, optional (default = `None`)
        The largest number of words of an entity. By default it is the model's own, and it cannot be larger.
    """

    # The values of the dictionary are checked here, because AllenNLP would make a list of its keys if one is wrong.
    def __init__(
        self,
        model: str,
        types: Union[Dict[str, Any], List[str]],
        revision: Optional[str] = None,
        max_width: Optional[int] = None,
    ) -> None:
        self._version = _installed_version()
        self._name = model
        self._types, self._labels = _types_and_labels(types, model)
        self._revision = revision
        if max_width is not None:
            check_range(f"The `max_width` of the GLiNER {model}", max_width, 1)
        self._max_width = max_width
        self._files: Optional[GlinerFiles] = None if is_on_hub(model) else gliner_files(model, revision)
        self._scores: Optional[GlinerScores] = None

    @property
    def name(self) -> str:
        return self._name if self._revision is None else f"{self._name}@{self._revision}"

    def fingerprint(self) -> str:
        """A digest of the model's files, the types and their order, the options, and the version of GLiNER."""
        try:
            return digest_of_files(self._found().files, self._version, self._types, self._labels, self._max_width)
        except OSError as error:
            raise ConfigurationError(
                f"The GLiNER {self.name} cannot be read ({error}). Give a folder whose files can be read, or the "
                "name of a model on the hub."
            ) from error

    def load(self, device: torch.device) -> None:
        self._scores = GlinerScores(self._found(), self._types, self._max_width, self.name, device)
        most = self._scores.most_types
        if len(self._types) > most:
            self.say_once(
                f"The GLiNER {self.name} is asked for {len(self._types)} types at once, and was trained with {most} at "
                "most. Its scores may be worse than those of two teachers with half of the types each."
            )

    def factorize(self, sentences: Sequence[Words]) -> IndependentSpans:
        assert self._scores is not None
        scores = self._scores(sentences)
        lengths = torch.tensor([len(words) for words in sentences], device=scores.device)
        mask = torch.arange(scores.shape[1], device=scores.device) < lengths.unsqueeze(1)
        return IndependentSpans(scores, mask, self._labels)

    def _found(self) -> GlinerFiles:
        if self._files is None:
            self._files = gliner_files(self._name, self._revision)
        return self._files


def _installed_version() -> str:
    try:
        version = metadata.version("gliner")
    except metadata.PackageNotFoundError as error:
        raise ConfigurationError(
            "A teacher of the type 'gliner' needs the package gliner, which is not installed. Install it: "
            "pip install 'skd_plugin[gliner]'"
        ) from error
    if not VERSIONS.contains(version, prereleases=True):
        raise ConfigurationError(
            f"The package gliner is installed in version {version}, expected {VERSIONS}, from which spans are known to "
            "be read correctly. Install one of these: pip install 'skd_plugin[gliner]'"
        )
    return version


def _types_and_labels(types: Union[Dict[str, str], List[str]], model: str) -> Tuple[Tuple[str, ...], Tuple[str, ...]]:
    """What GLiNER is asked for, and what that is called."""
    names = dict(types) if isinstance(types, dict) else dict(zip(types, types))
    what = f"The `types` of the GLiNER {model}"
    if not names:
        raise ConfigurationError(f"{what} are empty, expected what to look for, such as ['person', 'organization'].")
    for name, label in names.items():
        if not name.strip() or not (isinstance(label, str) and label.strip()):
            raise ConfigurationError(
                f"{what} have {name!r} with the label {label!r}, expected words for the type, and a name for its label."
            )
    repeated = _repeated(types)
    if repeated is not None:
        raise ConfigurationError(f"{what} name {repeated!r} twice. Name each type once.")
    shared = _repeated(list(names.values()))
    if shared is not None:
        both = " and ".join(repr(name) for name in names if names[name] == shared)
        raise ConfigurationError(
            f"{what} give the label {shared!r} to {both}, expected a label for each. To add up types, give the labels "
            "the same name in the `label_map` of the teacher."
        )
    return tuple(names), tuple(names.values())


def _repeated(names: Union[Dict[str, str], List[str]]) -> Optional[str]:
    """The first name that is there more than once."""
    return next((name for number, name in enumerate(names) if name in list(names)[:number]), None)
