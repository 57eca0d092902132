"""
Soft targets that are kept: at a constant temperature they are the same in every epoch, so they are computed once.

A tagger's target takes some kilobytes for a sentence. Relations of parsers take a table for each sentence, of which
some 24,000 fit into the memory that is allowed.
"""

import logging
from itertools import islice
from typing import Callable, Dict, Iterable, Iterator, List, NamedTuple, Optional, Sequence

import torch
from torch import Tensor

from skd_plugin.distillation.objectives.objective import SoftTarget
from skd_plugin.distillation.teachers.keys import key
from skd_plugin.distillation.teachers.model import Words
from skd_plugin.models.batches import batches_by_length
from skd_plugin.structures import Factorization, Parts, Spans

logger = logging.getLogger(__name__)

MAX_BYTES = 1 << 31
"""The memory for all targets. If they need more, none are kept."""

# How many sentences are sorted by length at once, and how many of them are computed at once.
_SORTED, _BATCH_SIZE = 4096, 64
# The objects of a sentence, beside the numbers in them.
_OVERHEAD_BYTES = 2048


class _Kept(NamedTuple):
    """The `SoftTarget` of one sentence."""

    expected: Parts
    entropy: float
    lost_mass: Optional[float]


class KeptTargets:
    """
    The soft targets of sentences, which are found by their words.

    # Parameters

    targets : `Dict[bytes, _Kept]`
        By the keys of the sentences; see `kept_targets`.
    num_bytes : `int`
        The memory that they take.
    """

    def __init__(self, targets: Dict[bytes, _Kept], num_bytes: int) -> None:
        self._targets = targets
        self.num_bytes = num_bytes

    def __len__(self) -> int:
        """The number of sentences."""
        return len(self._targets)

    def __call__(self, sentences: Sequence[Words], student: Factorization) -> Optional[SoftTarget]:
        """The target of a batch for the student's distributions of it; None unless all its sentences have one."""
        found = [self._targets.get(key(words)) for words in sentences]
        kept = [target for target in found if target is not None]
        if len(kept) < len(found):
            return None
        expected = type(kept[0].expected).stack([target.expected for target in kept])
        if isinstance(expected, Spans):
            # A sentence has no more widths than words.
            expected = expected.with_widths(student.max_width)  # type: ignore[attr-defined]
        lost = [target.lost_mass for target in kept if target.lost_mass is not None]
        return SoftTarget(
            expected,
            torch.tensor([target.entropy for target in kept], dtype=torch.float64),
            torch.tensor(lost, dtype=torch.float64) if lost else None,
        )


def kept_targets(
    sentences: Iterable[Words],
    compute: Callable[[Sequence[Words], Factorization], SoftTarget],
    student: Factorization,
    split: Callable[[Sequence[Words]], List[List[int]]],
) -> Optional[KeptTargets]:
    """
    The targets of all these sentences; None if they need more than `MAX_BYTES`, or depend on more than the words.

    # Parameters

    sentences : `Iterable[Words]`
    compute : `Callable[[Sequence[Words], Factorization], SoftTarget]`
        Gives the target of a batch for any student of the kind of `student` over the same sentences.
    student : `Factorization`
        The student's distribution of the longest of the sentences.
    split : `Callable[[Sequence[Words]], List[List[int]]]`
        Gives the indices of those sentences that can be in one batch.
    """
    if not _depends_on_words_alone(student):
        return None
    remaining = iter(sentences)
    targets: Dict[bytes, _Kept] = {}
    num_bytes = 0
    while some := list(islice(remaining, _SORTED)):
        unknown = list({name: words for words in some if (name := key(words)) not in targets}.values())
        for chosen in _batches(unknown, split):
            for words, target in zip(chosen, _separated(compute(chosen, _stretched(student, chosen)), chosen)):
                targets[key(words)] = target
                num_bytes += target.expected.nbytes + _OVERHEAD_BYTES
            if num_bytes > MAX_BYTES:
                logger.info(
                    "Soft targets are computed in each batch: kept, they would take more than %d bytes", MAX_BYTES
                )
                return None
    logger.info("Soft targets of %d sentences are kept, in %d bytes", len(targets), num_bytes)
    return KeptTargets(targets, num_bytes)


def _batches(sentences: Sequence[Words], split: Callable[[Sequence[Words]], List[List[int]]]) -> Iterator[List[Words]]:
    for group in split(sentences):
        # As for models that score triples of words, because a teacher may be one of them.
        for batch in batches_by_length([len(sentences[index]) for index in group], 3, _BATCH_SIZE):
            yield [sentences[group[index]] for index in batch]


def _depends_on_words_alone(student: Factorization) -> bool:
    """Whether the same words always give a student the same structures. What labels mean may depend on tags too."""
    potentials = (getattr(student, name) for name in student.sentence_potentials)
    return all(potential is None or potential.is_floating_point() for potential in potentials)


def _stretched(student: Factorization, sentences: Sequence[Words]) -> Factorization:
    """A student for these sentences. The target does not depend on its potentials, so they are any."""
    lengths = torch.tensor([len(words) for words in sentences])
    n = int(lengths.max())
    own = {}
    for name, axes in student.sentence_potentials.items():
        potential: Optional[Tensor] = getattr(student, name)
        if potential is not None:
            cut = potential[(slice(1), *(slice(n + extra) for extra in axes))]
            potential = cut.expand(len(sentences), *cut.shape[1:])
        own[name] = potential
    shared = {name: getattr(student, name) for name in student.shared_potentials}
    return student._rebuild(**own, **shared, mask=torch.arange(n) < lengths.unsqueeze(1))


def _separated(target: SoftTarget, sentences: Sequence[Words]) -> List[_Kept]:
    lengths = list(map(len, sentences))
    lost = [None] * len(lengths) if target.lost_mass is None else target.lost_mass.tolist()
    return list(map(_Kept, target.expected.unstack(lengths), target.entropy.tolist(), lost))
