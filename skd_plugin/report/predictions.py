"""What the models find in a file: all of them in one pass, so that a teacher reads each sentence once."""

from typing import Any, Callable, Dict, List, NamedTuple, Optional, Sequence, Tuple, cast

import numpy as np
import torch
from allennlp.data import Batch, Instance
from torch import Tensor

from skd_plugin.archives import LoadedModel
from skd_plugin.data.files.sentence import Sentence
from skd_plugin.models import TagOutput, entity_types
from skd_plugin.models.batches import batches_by_length
from skd_plugin.report.gold import ENTITIES, TREES, Gold
from skd_plugin.report.items import Items
from skd_plugin.structures import (
    Factorization,
    Labeling,
    LabelMismatch,
    NoProjection,
    NotDefined,
    Parsing,
    Tree,
    kl_divergence,
    known_labels,
    with_labels,
)

_NOT_COMPARABLE = (LabelMismatch, NoProjection, NotDefined, NotImplementedError)


class Found(NamedTuple):
    """
    What a model finds.

    items : entities, tags or arcs
    tag_probabilities : P(y_i | x) of the tag that is returned for each word; empty without distributions of tags
    tags_right : whether it is the gold tag
    kl : KL(P_t ‖ P) of each sentence, shape (sentence,), the mean over the teacher's runs; None without a teacher
    incomparable : why there is no KL, though there is a teacher
    """

    items: Items
    tag_probabilities: np.ndarray
    tags_right: np.ndarray
    kl: Optional[np.ndarray] = None
    incomparable: str = ""


def predict(
    models: Dict[str, LoadedModel],
    sentences: Sequence[Sentence],
    gold: Gold,
    teachers: Sequence[str] = (),
    progress: Callable[[int], Any] = lambda read: None,
) -> Dict[str, Found]:
    """
    What each model finds.

    # Parameters

    models : `Dict[str, LoadedModel]`
    sentences : `Sequence[Sentence]`
    gold : `Gold`
        Of the same sentences.
    teachers : `Sequence[str]`, optional (default = `()`)
        The names of the models that are runs of the teacher.
    progress : `Callable[[int], Any]`, optional
        Called after each batch, with its number of sentences.
    """
    collected = {name: _Collected(gold) for name in models}
    words = max(loaded.model.scored_words for loaded in models.values())
    for places in batches_by_length([len(sentence.words) for sentence in sentences], words):
        some = [sentences[place] for place in places]
        with torch.no_grad():
            inputs = {name: tensors_of(loaded, some) for name, loaded in models.items()}
            read = {name: models[name].model.factorize(*inputs[name]) for name in models}
            for name, factorization in read.items():
                collected[name].add(places, models[name], factorization, inputs[name][1])
                if name not in teachers:
                    collected[name].compare(places, [read[teacher] for teacher in teachers], factorization)
        progress(len(places))
    return {name: one.found() for name, one in collected.items()}


def tensors_of(loaded: LoadedModel, sentences: Sequence[Sentence]) -> Tuple[Any, Any]:
    """The arguments of `factorize`, without gold, whose labels the model may not know."""
    model, reader = loaded
    whole = [reader.to_instance(sentence) for sentence in sentences]
    batch = Batch([Instance({name: instance[name] for name in ("tokens", "metadata")}) for instance in whole])
    for instance in batch.instances:
        reader.apply_token_indexers(instance)
    batch.index_instances(model.vocab)
    tensors: Any = batch.as_tensor_dict()
    return tensors["tokens"], tensors["metadata"]


class _Collected:
    """What a model has found until now."""

    def __init__(self, gold: Gold) -> None:
        self._gold = gold
        self._starts = gold.starts
        self._parts: List[Items] = []
        self._tags: List[Tuple[np.ndarray, np.ndarray]] = []
        self._kl: Optional[np.ndarray] = None
        self._incomparable = ""

    def add(self, places: List[int], loaded: LoadedModel, factorization: Factorization, metadata: Any) -> None:
        model, rows = loaded.model, np.array(places)
        if self._gold.task == ENTITIES:
            self._parts.append(self._entities(rows, cast(TagOutput, model), factorization))
            if isinstance(factorization, Labeling):
                self._add_tags(rows, model.decode(factorization, {}, metadata)["tags"], factorization)
            return
        output = model.decode(factorization, {}, metadata)
        if self._gold.task == TREES:
            assert isinstance(factorization, Parsing)
            ids, extent = cast(Tensor, output["relations"]), cast(Tensor, output["heads"])
            probability = factorization.arc_probabilities(Tree(extent, ids))
            names = cast(Any, model).labels
        else:
            assert isinstance(factorization, Labeling)
            ids, names = cast(Tensor, output["tags"]), factorization.labels
            probability, extent = factorization.tag_probabilities(ids), torch.zeros_like(ids)
            self._add_tags(rows, ids, factorization)
        mask = factorization.mask
        row, word = mask.nonzero(as_tuple=True)
        chosen = [_array(part[mask]) for part in (extent, ids, probability)]
        sentence = rows[_array(row)]
        shared = self._gold.labels.ids(names)
        self._parts.append(
            Items(sentence, self._starts[sentence] + _array(word), chosen[0], shared[chosen[1]], chosen[2])
        )

    def compare(self, places: List[int], teachers: Sequence[Factorization], student: Factorization) -> None:
        """The divergence from the teachers in a batch, unless it is not defined."""
        if not teachers or self._incomparable:
            return
        try:
            each = [
                kl_divergence(teacher, with_labels(student, known_labels(teacher, student)), "renormalize")
                for teacher in teachers
            ]
        except _NOT_COMPARABLE as error:
            self._incomparable = str(error)
            return
        if self._kl is None:
            self._kl = np.zeros(len(self._gold.words))
        # Rounding may leave less than 0 where the two agree.
        self._kl[places] = _array(torch.stack(each).double().mean(0).clamp(min=0))

    def found(self) -> Found:
        columns = [np.concatenate(column) for column in zip(*self._parts)]
        none = [(np.zeros(0), np.zeros(0, dtype=bool))]
        tags, hits = (np.concatenate(column) for column in zip(*(self._tags or none)))
        return Found(Items(*columns), tags, hits, None if self._incomparable else self._kl, self._incomparable)

    def _entities(self, rows: np.ndarray, model: TagOutput, factorization: Factorization) -> Items:
        spans = model.decoding.spans(factorization)
        row, first, last, kind, probability = map(_array, spans)
        shared = self._gold.labels.ids(entity_types(factorization))
        sentence = rows[row]
        return Items(sentence, self._starts[sentence] + first, last + 1 - first, shared[kind], probability)

    def _add_tags(self, rows: np.ndarray, tags: Tensor, factorization: Labeling) -> None:
        mask = factorization.mask
        row, word = (_array(index) for index in mask.nonzero(as_tuple=True))
        gold = self._gold.tags[self._starts[rows[row]] + word]
        shared = self._gold.labels.ids(factorization.labels)
        right = shared[_array(tags[mask])] == gold
        self._tags.append((_array(factorization.tag_probabilities(tags)[mask]), right))


def _array(tensor: Tensor) -> np.ndarray:
    return tensor.cpu().numpy()
