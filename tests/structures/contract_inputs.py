"""The contract on inputs: what a factorization accepts, leaves alone, and refuses."""

from typing import ClassVar, Type

import pytest
import torch

from skd_plugin.structures import Factorization

from .samples import axes_of, close, random_sample


class InputContract:
    kind: ClassVar[Type[Factorization]]

    def test_the_callers_tensors_are_untouched(self):
        sample = random_sample(self.kind, seed=30).leaves()
        before = {name: (value.detach().clone(), value._version) for name, value in sample.potentials.items()}
        mask = sample.mask.clone()
        _query_everything(sample.build())
        for name, value in sample.potentials.items():
            assert value.equal(before[name][0]) and value._version == before[name][1]
            assert value.requires_grad and value.grad is None
        assert sample.mask.equal(mask) and sample.mask._version == 0

    def test_tensors_without_gradient_stay_without(self):
        sample = random_sample(self.kind, seed=31)
        _query_everything(sample.build())
        assert not any(value.requires_grad for value in sample.potentials.values())

    @pytest.mark.parametrize("mode", [torch.no_grad, torch.inference_mode])
    def test_works_without_autograd(self, mode):
        sample = random_sample(self.kind, seed=32).leaves()
        expected = _query_everything(sample.build())
        with mode():
            inside = sample.map(torch.clone)
            for actual in (_query_everything(sample.build()), _query_everything(inside.build())):
                _same(actual, expected)

    def test_potentials_made_in_inference_mode_work_outside(self):
        sample = random_sample(self.kind, seed=33)
        with torch.inference_mode():
            made = sample.map(torch.clone)
        _same(_query_everything(made.build()), _query_everything(sample.build()))

    def test_autocast_changes_nothing(self):
        sample = random_sample(self.kind, seed=34).map(torch.Tensor.float).leaves()
        expected = _query_everything(sample.build())
        _loss(sample.build()).backward()
        gradients = {name: value.grad.clone() for name, value in sample.potentials.items()}
        sample = sample.leaves()
        with torch.autocast("cpu", torch.bfloat16):
            _same(_query_everything(sample.build()), expected)
            loss = _loss(sample.build())
        loss.backward()
        assert loss.dtype == torch.float32
        for name, value in sample.potentials.items():
            close(value.grad, gradients[name])

    @pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
    def test_half_precision_is_computed_in_float32(self, dtype):
        half = random_sample(self.kind, seed=35).map(lambda value: value.to(dtype)).leaves()
        double = half.map(torch.Tensor.double).leaves()
        loss, exact = _loss(half.build()), _loss(double.build())
        close(loss.detach(), exact.detach(), 1e-5)
        loss.backward()
        exact.backward()
        for name, value in half.potentials.items():
            assert value.grad.dtype == dtype
            close(value.grad.double(), double.potentials[name].grad, 4 * torch.finfo(dtype).eps)

    def test_half_precision_under_autocast(self):
        half = random_sample(self.kind, seed=36).map(torch.Tensor.bfloat16)
        with torch.autocast("cpu", torch.bfloat16):
            _same(_query_everything(half.build()), _query_everything(half.map(torch.Tensor.float).build()))

    def test_non_contiguous_potentials(self):
        sample = random_sample(self.kind, seed=37)
        strided = sample.map(lambda value: torch.stack([value, -value], -1)[..., 0])
        assert not any(value.is_contiguous() for value in strided.potentials.values())
        _same(_query_everything(strided.build()), _query_everything(sample.build()))

    def test_expanded_potentials(self):
        sample = random_sample(self.kind, seed=38, lengths=(3, 3))
        repeated = sample.map(lambda value: value[:1].expand_as(value))
        _same(
            _query_everything(repeated.build()),
            _query_everything(repeated.map(torch.Tensor.contiguous).build()),
        )

    @pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
    def test_no_query_is_nan_or_infinite(self, dtype):
        sample = random_sample(self.kind, seed=39, scale=1e4).padded_with(1e4)
        sample = sample.map(lambda value: value.to(dtype)).leaves()
        assert all(value.isfinite().all() for value in _query_everything(sample.build()))
        _loss(sample.build()).backward()
        assert all(value.grad.isfinite().all() for value in sample.potentials.values())

    def test_a_potential_of_the_wrong_shape_is_refused(self):
        sample = random_sample(self.kind, seed=40)
        for name in list(axes_of(self.kind))[1:]:
            wrong = sample.potentials[name][1:]
            given, expected = str(tuple(wrong.shape)), str(tuple(sample.potentials[name].shape))
            with pytest.raises(ValueError) as error:
                sample.build(**{name: wrong})
            assert all(part in str(error.value) for part in (name, given, expected))

    def test_a_potential_without_a_batch_axis_is_refused(self):
        sample = random_sample(self.kind, seed=41)
        name = next(iter(axes_of(self.kind)))
        with pytest.raises(ValueError, match=rf"{name} has shape \(4, 4\).*\(batch, n, label\)"):
            sample.build(**{name: sample.potentials[name][0]})

    def test_a_mask_of_the_wrong_shape_is_refused(self):
        sample = random_sample(self.kind, seed=42)
        with pytest.raises(ValueError, match=r"mask has shape \(3, 3\), expected \(3, 4\)"):
            sample.build(mask=sample.mask[:, 1:])

    def test_a_mask_that_is_not_bool_is_refused(self):
        sample = random_sample(self.kind, seed=43)
        with pytest.raises(ValueError, match=r"mask has dtype torch.int64, expected torch.bool; use mask.bool\(\)"):
            sample.build(mask=sample.mask.long())

    def test_a_left_padded_mask_is_refused(self):
        sample = random_sample(self.kind, seed=44)
        with pytest.raises(ValueError, match=r"not right-padded.*[Pp]ut all padding at the end"):
            sample.build(mask=sample.mask.flip(1))

    def test_the_wrong_number_of_labels_is_refused(self):
        sample = random_sample(self.kind, seed=45)
        with pytest.raises(ValueError, match=r"3 labels were given for a label axis of 4; give one name for each"):
            sample.build(labels=sample.labels[:3])

    def test_a_label_given_twice_is_refused(self):
        sample = random_sample(self.kind, seed=46)
        with pytest.raises(ValueError, match=r"'noun', 'noun'.*not distinct"):
            sample.build(labels=(*sample.labels[:1] * 2, *sample.labels[2:]))

    @pytest.mark.parametrize("temperature", [0, -1.5, float("nan")])
    def test_a_temperature_that_is_not_positive_is_refused(self, temperature):
        with pytest.raises(ValueError, match=rf"temperature is {temperature}.*above 0"):
            random_sample(self.kind, seed=47).build().tempered(temperature)

    @pytest.mark.parametrize("bad", [-1, 99])
    def test_a_label_id_out_of_range_is_refused(self, bad):
        f = random_sample(self.kind, seed=43, lengths=(3, 2)).build()
        labels = torch.zeros(2, 3, dtype=torch.long)
        labels[0, 1] = bad
        with pytest.raises(ValueError, match=rf"label ids \[{bad}\] are not among the \d+ labels"):
            f.indicator(labels)

    def test_labels_of_another_shape_are_refused(self):
        f = random_sample(self.kind, seed=44, lengths=(3, 2)).build()
        with pytest.raises(ValueError, match=r"labels has shape \(2, 4\), expected \(2, 3\)"):
            f.indicator(torch.zeros(2, 4, dtype=torch.long))


def _loss(f: Factorization) -> torch.Tensor:
    gold = torch.zeros(f.mask.shape, dtype=torch.long)
    return f.cross_entropy(f.indicator(gold)).sum()


def _query_everything(f: Factorization) -> list:
    """Every query of the interface once, as detached tensors."""
    n_best = f.n_best(2)
    gold = f.cross_entropy(f.indicator(f.argmax))
    tempered = f.tempered(2.0).log_partition
    sentences = [sentence.log_partition for sentence in f.unstack()]
    values = [f.log_partition, f.token_marginals, f.marginals.tokens, f.argmax, f.entropy, gold, tempered]
    return [value.detach() for value in [*values, f.cross_entropy(f.marginals), n_best.labels, *sentences]]


def _same(actual: list, expected: list) -> None:
    for one, other in zip(actual, expected):
        assert one.dtype == other.dtype
        close(one, other)
