"""Half precision rounds scores, and nothing else."""

import pytest
import torch

from skd_plugin.distillation.teachers.precision import PRECISIONS, name_of, rounded, rounding_loss, widened
from skd_plugin.structures import FORBIDDEN, HeadSelection, LinearChain, MaxEnt, WeightedSequences
from tests.distillation.teachers.samples import LABELS, biaffine, potentials


@pytest.mark.parametrize("name", PRECISIONS)
def test_scores_are_rounded_and_what_is_forbidden_stays_so(name):
    dtype = PRECISIONS[name]
    scores = torch.tensor([0.1, -3.3, FORBIDDEN, 2.0])
    stored = rounded(scores, dtype)
    assert stored.dtype == dtype
    expected = scores.to(dtype).float()
    expected[2] = FORBIDDEN
    assert torch.equal(widened(stored), expected)


def test_numbers_that_are_no_scores_stay_as_they_are():
    ids = torch.tensor([1, 2])
    assert rounded(ids, torch.float16) is ids and widened(ids) is ids


@pytest.mark.parametrize("name, largest", [("float16", "6.55e"), ("bfloat16", "3.39e")])
def test_too_large_a_score_is_refused(name, largest):
    with pytest.raises(OverflowError, match=f"too large for {name}, whose largest number is {largest}"):
        rounded(torch.tensor([1.0, 3.4e38]), PRECISIONS[name])


def test_precisions_have_names():
    assert [name_of(dtype) for dtype in PRECISIONS.values()] == list(PRECISIONS)
    assert name_of(torch.float64) == "float32", "which is kept as it is, too"


def test_what_rounding_loses_is_the_divergence_of_the_rounded_distribution():
    scores = torch.tensor([[[0.1, 1.7, -0.3], [2.3, 0.7, 0.2]]])
    sentence = MaxEnt(scores, torch.ones(1, 2, dtype=torch.bool), LABELS)
    given, stored = (torch.log_softmax(values.double(), -1) for values in (scores, scores.bfloat16()))
    expected = (given.exp() * (given - stored)).sum().item()
    loss = rounding_loss([sentence, sentence], torch.bfloat16)
    assert loss == {"mean": float(f"{expected:.2g}"), "99th percentile": float(f"{expected:.2g}"), "sentences": 2}


@pytest.mark.parametrize("kind", [LinearChain, HeadSelection])
def test_the_more_precise_half_loses_less(kind):
    sentences = (potentials if kind is LinearChain else biaffine)(kind).values()
    exact, half, brain = (rounding_loss(sentences, dtype)["mean"] for dtype in PRECISIONS.values())
    assert exact == 0 and 0 < half < brain < 1e-2


def test_what_rounding_loses_of_a_list_of_structures():
    mask, ids = torch.ones(1, 2, dtype=torch.bool), torch.tensor([[[0, 1, 1], [2, 2, 2]]])
    sentence = WeightedSequences(torch.tensor([[-0.3, -1.7, FORBIDDEN]]), ids, mask, LABELS)
    given, stored = (
        torch.log_softmax(values.double(), -1) for values in (sentence.weights, sentence.weights.bfloat16())
    )
    expected = (given.exp() * (given - stored))[0, :2].sum().item()
    assert rounding_loss([sentence], torch.bfloat16)["mean"] == float(f"{expected:.2g}")
