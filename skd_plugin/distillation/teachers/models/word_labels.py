"""
From a model's own labels of words to a distribution that a student of this plugin can learn from.

Students of entities have BIOUL tags; models of other libraries have tags in other schemes, and give each word a softmax
over them. What is exact, by scheme:

- BIOUL, BIOES, BMES, BMEWO: the tags have other names. `MaxEnt`.
- IOB2: whether an entity ends at a word shows in the next word only. The distribution over IOB2 sequences in which
  every I continues an entity is that of a chain of BIOUL tags with the same scores: `ConstrainedChain`.
- IOB1, IO (types without prefixes): a chain too, in which no two entities of one type touch, because these schemes
  cannot write that without another tag.
- Labels that are not tags of entities, such as parts of speech: they stay as they are. `MaxEnt`.
"""

import re
from typing import Dict, List, Literal, NamedTuple, Optional, Sequence, cast, get_args

import torch
from allennlp.common.checks import ConfigurationError
from torch import Tensor

from skd_plugin.data.tags.conversion import ENTITY_TYPE
from skd_plugin.data.tags.schemes import OUTSIDE, PREFIXES, is_tag, with_type
from skd_plugin.structures import FORBIDDEN, ConstrainedChain, Labeling, MaxEnt, bioul

Scheme = Literal["IOB2", "IOB1", "IO", "BIOUL", "BIOES", "BMES", "BMEWO", "plain"]
Tags = Dict[str, Optional[str]]
"""What some of a model's labels stand for, such as `{"LABEL_1": "B-PER"}`; None for a label that no word has."""

_NUMBERED = re.compile(r"LABEL_\d+")
# They do not say at each word whether its entity ends there.
_CHAINS = ("IOB2", "IOB1", "IO")
# In these, an entity is a run of words with one label, whose prefix, if it has one, is I.
_RUNS = ("IOB1", "IO")


class WordLabels:
    """
    Raises `ConfigurationError` for labels that are no tags of one scheme.

    # Parameters

    labels : `Sequence[str]`
        The model's labels, in the order of its scores.
    teacher : `str`
        What messages call the model.
    tags : `Dict[str, Optional[str]]`, optional (default = `None`)
        What some of them stand for, if their names do not say it; None for labels that no word has, such as those of
        padding, on whose absence the distribution is conditioned.
    scheme : `str`, optional (default = `None`)
        By default it is recognized: IOB2 if the prefixes are B and I, `plain` if there are no tags and no O.
    entity_type : `str`, optional (default = `"ENTITY"`)
        The type of entities whose tags have none.
    """

    def __init__(
        self,
        labels: Sequence[str],
        teacher: str,
        tags: Optional[Tags] = None,
        scheme: Optional[Scheme] = None,
        entity_type: str = ENTITY_TYPE,
    ) -> None:
        self._teacher = teacher
        self._model_labels = labels
        names = self._named(labels, tags or {})
        self._kept = [index for index, name in enumerate(names) if name is not None]
        kept = [name for name in names if name is not None]
        self._check_distinct(kept)
        self.scheme = scheme or self._recognized(kept)
        if self.scheme == "plain":
            self.labels: Sequence[str] = tuple(kept)
            # For each of our labels the model's label with its score; −1 if there is none.
            self._sources = list(range(len(kept)))
            return
        parsed = [self._parsed(name, entity_type) for name in kept]
        self._check_outside(kept, parsed)
        columns = {tag: index for index, tag in enumerate(parsed)}
        ours = bioul.tags(tuple(dict.fromkeys(tag.type for tag in parsed if tag.type is not None)))
        sources = {tag: columns.get(self._source_of(tag), -1) for tag in ours}
        if self.scheme not in _CHAINS:
            sources = {tag: source for tag, source in sources.items() if source >= 0}
        self.labels, self._sources = tuple(sources), list(sources.values())

    def distribution(self, scores: Tensor, mask: Tensor) -> Labeling:
        """
        The distribution of a model that gives each word a softmax over its labels.

        # Parameters

        scores : `Tensor`
            Logits or log-probabilities, of shape (batch, n, label of the model).
        mask : `Tensor`
            Of shape (batch, n), bool, right-padded.
        """
        own = scores[..., self._kept].log_softmax(-1).clamp(min=FORBIDDEN)
        missing = torch.full_like(own[..., :1], FORBIDDEN)
        emissions = torch.cat([own, missing], -1)[..., self._sources]
        if self.scheme not in _CHAINS:
            return MaxEnt(emissions, mask, self.labels)
        free = emissions.new_zeros(len(self.labels))
        transitions = self._touching.to(emissions.device).to(emissions.dtype) * FORBIDDEN
        return ConstrainedChain(emissions, transitions, free, free, mask, self.labels)

    @property
    def _touching(self) -> Tensor:
        """Whether a tag would begin an entity where one of the same type has just ended, and the scheme has no such."""
        if self.scheme not in _RUNS:
            return torch.zeros(len(self.labels), len(self.labels))
        ends = [label[2:] if label[0] in "LU" else None for label in self.labels]
        begins = [label[2:] if label[0] in "BU" else "" for label in self.labels]
        return torch.tensor([[float(end == begin) for begin in begins] for end in ends])

    def _source_of(self, label: str) -> "_Tag":
        """The model's tag whose score a BIOUL tag has."""
        if label == OUTSIDE:
            return _Tag("", None)
        prefix, kind = label[0], label[2:]
        return _Tag("I" if self.scheme in _RUNS else PREFIXES[self.scheme][prefix], kind)

    def _named(self, labels: Sequence[str], tags: Tags) -> List[Optional[str]]:
        unknown = sorted(tags.keys() - set(labels))
        if unknown:
            raise ConfigurationError(
                f"The `tags` of teacher {self._teacher} name {unknown[0]!r}, which is none of its labels: "
                f"{', '.join(labels)}."
            )
        names = [tags.get(label, label) for label in labels]
        if all(name is not None and _NUMBERED.fullmatch(name) for name in names):
            raise ConfigurationError(
                f"The labels of teacher {self._teacher} have numbers for names: {', '.join(labels)}. Say what they "
                "stand for: tags: { LABEL_0: 'O', LABEL_1: 'B-PER', … }."
            )
        return names

    def _check_distinct(self, names: Sequence[str]) -> None:
        twice = [name for name in dict.fromkeys(names) if names.count(name) > 1]
        if twice or not names:
            raise ConfigurationError(
                f"Of the labels of teacher {self._teacher}, "
                + (f"several stand for {twice[0]!r}" if twice else "none stands for a tag")
                + f". They are {', '.join(self._model_labels)}. Change its `tags`."
            )

    def _recognized(self, names: Sequence[str]) -> Scheme:
        others = [name for name in names if not _is_span_tag(name)]
        if len(others) == len(names):
            return "IO" if OUTSIDE in names and len(names) > 1 else "plain"
        if len(others) != 1:
            raise self._no_scheme(f"{', '.join(others)} are no tags" if others else "none of them means 'no entity'")
        prefixes = {name[0] for name in names if _is_span_tag(name)}
        if prefixes == {"I"}:
            return "IO"
        fitting = [scheme for scheme, own in PREFIXES.items() if prefixes <= {*own.values()}]
        if not fitting:
            raise self._no_scheme(f"no scheme has the prefixes {', '.join(sorted(prefixes))}")
        # IOB2 is the first, and IOB1, which has its prefixes, is never recognized.
        return cast(Scheme, fitting[0])

    def _parsed(self, name: str, entity_type: str) -> "_Tag":
        if not _is_span_tag(name):
            # Types without prefixes are runs, and O, or whatever else has no prefix, is outside.
            is_type = self.scheme == "IO" and name != OUTSIDE
            return _Tag("I", name) if is_type else _Tag("", None)
        if name[0] not in ("BI" if self.scheme in _RUNS else PREFIXES[self.scheme].values()):
            raise self._no_scheme(f"{name} is no tag of {self.scheme}")
        return _Tag(name[0], with_type(name, entity_type)[2:])

    def _check_outside(self, names: Sequence[str], parsed: Sequence["_Tag"]) -> None:
        outside = [name for name, tag in zip(names, parsed) if tag.type is None]
        if len(outside) != 1:
            raise self._no_scheme(
                f"{', '.join(outside)} are no tags of {self.scheme}" if outside else "none of them means 'no entity'"
            )

    def _no_scheme(self, why: str) -> ConfigurationError:
        return ConfigurationError(
            f"The labels of teacher {self._teacher} are no tags of entities: {why}. They are "
            f"{', '.join(self._model_labels)}. Say what they stand for, such as tags: {{ OTHER: 'O', '[PAD]': null }}, "
            f"or which `scheme` they have: {', '.join(get_args(Scheme))}."
        )


class _Tag(NamedTuple):
    """The model's prefix and a type; "" and None for the label of words outside."""

    prefix: str
    type: Optional[str]


def _is_span_tag(name: str) -> bool:
    """Whether some scheme has such a tag for a word of an entity."""
    return is_tag(name) and name != OUTSIDE
