"""The temperature of the largest likelihood, from potentials that are computed once."""

from typing import Any, Callable, Dict

import pytest
import torch
from torch import Tensor

from skd_plugin.models import Gold, GoldLikelihood, NoTemperature
from skd_plugin.structures import (
    ArcLabels,
    BiaffineRelations,
    ConstrainedChain,
    Factorization,
    FlatSpans,
    HeadSelection,
    LinearChain,
    MaxEnt,
    NonProjectiveTree,
    SecondOrder,
)
from skd_plugin.structures.algebra.potentials import FORBIDDEN

BATCH, N = 6, 4
TAGS = ("O", "B-X", "I-X", "L-X", "U-X")


def random(*shape: int) -> Tensor:
    return 2 * torch.randn(*shape)


def mask(batch: int = BATCH) -> Tensor:
    lengths = 1 + torch.arange(batch) % N
    return torch.arange(N) < lengths.unsqueeze(1)


def chain(kind: Any) -> Factorization:
    k = len(TAGS)
    return kind(random(BATCH, N, k), random(k, k), random(k), random(k), mask(), TAGS)


def relations() -> BiaffineRelations:
    return BiaffineRelations(random(BATCH, N, 3), random(BATCH, N + 1, 3), random(2, 3, 3))


MAKERS: Dict[str, Callable[[], Factorization]] = {
    "MaxEnt": lambda: MaxEnt(random(BATCH, N, 3), mask(), ("a", "b", "c")),
    "LinearChain": lambda: chain(LinearChain),
    "ConstrainedChain": lambda: chain(ConstrainedChain),
    "FlatSpans": lambda: FlatSpans(random(BATCH, N, N, 2), mask(), ("X", "Y")),
    "HeadSelection": lambda: HeadSelection(random(BATCH, N, N + 1), relations(), mask(), ("x", "y")),
    "NonProjectiveTree": lambda: NonProjectiveTree(random(BATCH, N, N + 1), relations(), mask(), ("x", "y")),
    "SecondOrder": lambda: SecondOrder(
        random(BATCH, N, N + 1),
        random(BATCH, N, N + 1, N),
        random(BATCH, N, N + 1, N + 1),
        relations(),
        mask(),
        ("x", "y"),
    ),
    "ArcLabels": lambda: ArcLabels(
        random(BATCH, N, 3),
        torch.tensor([0, 1, -1]).expand(BATCH, N, 3),
        torch.tensor([0, 1, 1]),
        mask(),
        ("x", "y"),
    ),
}


@pytest.mark.parametrize("name", MAKERS)
@pytest.mark.parametrize("temperature", [0.6, 2.5])
def test_of_structures_as_frequent_as_at_a_temperature_it_is_that_one(name: str, temperature: float):
    """−Σ P_T log P is smallest where P is P_T."""
    torch.manual_seed(0)
    likelihood = GoldLikelihood()
    for _ in range(2):
        distribution = MAKERS[name]()
        frequencies = distribution.tempered(temperature).marginals
        likelihood.add(distribution, Gold(frequencies, torch.ones(BATCH, dtype=torch.bool)))
    fitted = likelihood.fit()
    assert fitted.temperature == pytest.approx(temperature, rel=2e-3)
    assert fitted.after < fitted.before and fitted.sentences == 2 * BATCH
    expected = distribution.cross_entropy(frequencies)
    torch.testing.assert_close(likelihood.losses(1.0)[BATCH:], expected.double(), rtol=1e-4, atol=1e-4)


def sampled(sentences: int, temperature: float) -> GoldLikelihood:
    """Sentences with labels that are drawn at a temperature."""
    scores = random(sentences, N, 4)
    tags = torch.distributions.Categorical(logits=scores / temperature).sample()
    distribution = MaxEnt(scores, mask(sentences), tuple("abcd"))
    likelihood = GoldLikelihood()
    likelihood.add(distribution, Gold(distribution.indicator(tags), torch.ones(sentences, dtype=torch.bool)))
    return likelihood


def test_nine_of_ten_ranges_have_the_true_temperature_in_them():
    torch.manual_seed(0)
    ranges = [sampled(150, 1.7).fit().range for _ in range(80)]
    share = sum(low < 1.7 < high for low, high in ranges) / len(ranges)
    assert 0.8 < share < 0.98


def test_sentences_whose_gold_is_unknown_or_impossible_do_not_count():
    scores, tags = random(BATCH, N, 3), torch.zeros(BATCH, N, dtype=torch.long)
    scores[:2, 0, 0] = FORBIDDEN
    distribution = MaxEnt(scores, mask(), tuple("abc"))
    gold = distribution.indicator(tags)
    likelihood = GoldLikelihood()
    likelihood.add(distribution, Gold(gold, torch.arange(BATCH) < 5))
    torch.testing.assert_close(likelihood.losses(1.0), distribution.cross_entropy(gold)[2:5].double())


def test_a_model_that_is_right_about_all_has_no_temperature():
    scores = random(BATCH, N, 3)
    distribution = MaxEnt(scores, mask(), tuple("abc"))
    likelihood = GoldLikelihood()
    likelihood.add(distribution, Gold(distribution.indicator(scores.argmax(-1)), torch.ones(BATCH, dtype=torch.bool)))
    with pytest.raises(NoTemperature, match="is right about all of them, or knows nothing of them"):
        likelihood.fit()


def test_without_gold_there_is_no_temperature():
    with pytest.raises(NoTemperature, match="no sentence has gold structures"):
        GoldLikelihood().fit()


def test_the_memory_is_bounded():
    likelihood = GoldLikelihood(max_bytes=500)
    assert not likelihood.is_full
    distribution = MAKERS["MaxEnt"]()
    likelihood.add(distribution, Gold(distribution.marginals, torch.ones(BATCH, dtype=torch.bool)))
    # Two tables of 6 · 4 · 3 numbers of four bytes.
    assert likelihood.is_full and likelihood._free == 500 - 2 * 288
