"""The contract on inputs: what a factorization accepts, does not modify, and refuses."""

import re
from dataclasses import replace
from typing import Dict, List

import pytest
import torch
from torch import Tensor

from skd_plugin.structures import FORBIDDEN, Factorization
from tests.structures.contracts.contract import Contract
from tests.structures.oracles.exact_parts import tensors
from tests.structures.samples.sample import Sample, close


class InputContract(Contract):
    def test_the_callers_tensors_are_untouched(self):
        sample = self.fixed(seed=30).leaves()
        before = {name: (value.detach().clone(), value._version) for name, value in sample.potentials.items()}
        others = {name: value.clone() for name, value in {"mask": sample.mask, **sample.tables}.items()}
        self.queries(sample.build())
        for name, value in sample.potentials.items():
            assert value.equal(before[name][0]) and value._version == before[name][1]
            assert value.requires_grad and value.grad is None
        for name, value in {"mask": sample.mask, **sample.tables}.items():
            assert value.equal(others[name])

    def test_tensors_without_gradient_stay_without(self):
        sample = self.fixed(seed=31)
        self.queries(sample.build())
        assert not any(value.requires_grad for value in sample.potentials.values())

    @pytest.mark.parametrize("mode", [torch.no_grad, torch.inference_mode])
    def test_works_without_autograd(self, mode):
        sample = self.fixed(seed=32).leaves()
        expected = self.queries(sample.build())
        with mode():
            inside = sample.map(torch.clone)
            for actual in (self.queries(sample.build()), self.queries(inside.build())):
                _same(actual, expected)

    def test_potentials_made_in_inference_mode_work_outside(self):
        sample = self.fixed(seed=33)
        with torch.inference_mode():
            made = sample.map(torch.clone)
        _same(self.queries(made.build()), self.queries(sample.build()))

    def test_autocast_changes_nothing(self):
        sample = self.fixed(seed=34).map(torch.Tensor.float).leaves()
        expected = self.queries(sample.build())
        _loss(sample.build()).backward()
        gradients = {name: value.grad.clone() for name, value in sample.potentials.items()}
        sample = sample.leaves()
        with torch.autocast("cpu", torch.bfloat16):
            _same(self.queries(sample.build()), expected)
            loss = _loss(sample.build())
        loss.backward()
        assert loss.dtype == torch.float32
        for name, value in sample.potentials.items():
            close(value.grad, gradients[name])

    @pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
    def test_half_precision_is_computed_in_float32(self, dtype):
        half = self.fixed(seed=35).map(lambda value: value.to(dtype)).leaves()
        double = half.map(torch.Tensor.double).leaves()
        loss, exact = _loss(half.build()), _loss(double.build())
        close(loss.detach(), exact.detach(), 1e-5)
        loss.backward()
        exact.backward()
        for name, value in half.potentials.items():
            assert value.grad.dtype == dtype
            close(value.grad.double(), double.potentials[name].grad, 4 * torch.finfo(dtype).eps)

    def test_half_precision_under_autocast(self):
        half = self.fixed(seed=36).map(torch.Tensor.bfloat16)
        with torch.autocast("cpu", torch.bfloat16):
            _same(self.queries(half.build()), self.queries(half.map(torch.Tensor.float).build()))

    def test_non_contiguous_potentials(self):
        sample = self.fixed(seed=37)
        strided = sample.map(lambda value: torch.stack([value, -value], -1)[..., 0])
        assert not any(value.is_contiguous() for value in strided.potentials.values())
        _same(self.queries(strided.build()), self.queries(sample.build()))

    def test_expanded_potentials(self):
        sample = self.fixed(seed=38, lengths=(3, 3))
        repeated = sample.map(lambda value: value[:1].expand_as(value))
        _same(
            self.queries(repeated.build()),
            self.queries(repeated.map(torch.Tensor.contiguous).build()),
        )

    @pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
    def test_no_query_is_nan_or_infinite(self, dtype):
        sample = self.fixed(seed=39, scale=1e4).padded_with(1e4)
        sample = sample.map(lambda value: value.to(dtype)).leaves()
        assert all(value.isfinite().all() for value in self.queries(sample.build()))
        _loss(sample.build()).backward()
        assert all(value.grad.isfinite().all() for value in sample.potentials.values())

    def test_a_potential_of_the_wrong_shape_is_refused(self):
        sample = self.fixed(seed=40)
        for name, value in list({**sample.potentials, **sample.tables}.items())[1:]:
            wrong = value[1:]
            actual, expected = str(tuple(wrong.shape)), str(tuple(value.shape))
            with pytest.raises(ValueError) as error:
                sample.build(**{name: wrong})
            assert all(part in str(error.value) for part in (name, actual, expected))

    @pytest.mark.parametrize("value", [float("nan"), float("inf"), -float("inf")])
    def test_a_potential_that_is_not_finite_is_refused(self, value):
        sample = self.fixed(seed=48)
        remedy = "give it the potential skd_plugin.structures.FORBIDDEN, -1e[+]09" if value < 0 else "have overflowed"
        for name, potential in sample.potentials.items():
            places = [(~sample.ignored(name)).nonzero()[0].tolist()]
            if name not in self.checked_by_queries:
                # This one is on padding, if the potential has any.
                places.append([size - 1 for size in potential.shape])
            for place in places:
                wrong = potential.clone()
                wrong[tuple(place)] = value
                message = rf"{name} is {value} at {re.escape(str(place))}, expected finite numbers.*{remedy}"
                with pytest.raises(ValueError, match=message):
                    f = sample.build(**{name: wrong})
                    assert name in self.checked_by_queries
                    self.queries(f)

    def test_large_potentials_whose_sum_overflows_are_accepted(self):
        sample = self.fixed(seed=49).map(Tensor.float)
        name, value = next(iter(sample.potentials.items()))
        large = value.masked_fill(sample.ignored(name), 3e38)
        f = sample.build(**{name: large})
        assert not sample.ignored(name).any() or large.sum().isinf()
        close(f.log_partition, sample.build().log_partition)

    def test_a_forbidden_part_does_not_occur_at_any_temperature(self):
        sample = self.fixed(seed=51)
        name, value = next(iter(sample.potentials.items()))
        value[0, 0, 0] = FORBIDDEN
        for f in (sample.build(), sample.build().tempered(4.0)):
            assert (getattr(f, name)[0, 0, 0] < FORBIDDEN / 2).all()
            marginals = tensors(f.marginals)[0]
            assert not marginals[0, 0, 0].any() and marginals.isfinite().all()
            assert all(v.isfinite().all() for v in (f.log_partition, f.entropy, f.cross_entropy(f.marginals)))

    @pytest.mark.parametrize(("batch", "n"), [(0, 0), (0, 3), (2, 0)])
    def test_without_sentences_or_without_words(self, batch, n):
        sample = self.fixed(seed=50, lengths=(n or 1,) * (batch or 1))
        empty = replace(
            sample,
            potentials=_first(sample, sample.potentials, batch, n),
            tables=_first(sample, sample.tables, batch, n),
            mask=sample.mask[:batch, :n],
        ).leaves()
        f = empty.build()
        assert all(value.isfinite().all() for value in self.queries(f))
        assert f.log_partition.tolist() == f.entropy.tolist() == [0.0] * batch
        assert all(value.shape == (batch, n) for value in tensors(f.argmax))
        (f.log_partition + f.cross_entropy(f.indicator(f.argmax))).sum().backward()
        assert not any(potential.grad.any() for potential in empty.potentials.values() if potential.grad is not None)

    def test_no_sentences_are_not_stacked(self):
        with pytest.raises(ValueError, match="No sentences were given to stack, expected one or more"):
            self.kind.stack([])

    def test_stack_is_differentiable(self):
        sample = self.fixed(seed=52).leaves()
        self.kind.stack(sample.build().unstack()).log_partition.sum().backward()
        other = self.fixed(seed=52).leaves()
        other.build().log_partition.sum().backward()
        for name, potential in sample.potentials.items():
            if potential.grad is not None:
                close(potential.grad, other.potentials[name].grad)

    def test_a_potential_without_a_batch_axis_is_refused(self):
        sample = self.fixed(seed=41)
        name, value = next(iter(sample.potentials.items()))
        with pytest.raises(ValueError) as error:
            sample.build(**{name: value[0]})
        assert f"{name} has shape {tuple(value.shape[1:])}, expected axes (batch, n, " in str(error.value)

    def test_a_mask_of_the_wrong_shape_is_refused(self):
        sample = self.fixed(seed=42)
        with pytest.raises(ValueError, match=r"mask has shape \(3, 3\), expected \(3, 4\)"):
            sample.build(mask=sample.mask[:, 1:])

    def test_a_mask_that_is_not_bool_is_refused(self):
        sample = self.fixed(seed=43)
        with pytest.raises(ValueError, match=r"mask has dtype torch.int64, expected torch.bool; use mask.bool\(\)"):
            sample.build(mask=sample.mask.long())

    def test_a_left_padded_mask_is_refused(self):
        sample = self.fixed(seed=44)
        with pytest.raises(ValueError, match=r"not right-padded.*[Pp]ut all padding at the end"):
            sample.build(mask=sample.mask.flip(1))

    @pytest.mark.parametrize("temperature", [0, -1.5, float("nan")])
    def test_a_temperature_that_is_not_positive_is_refused(self, temperature):
        with pytest.raises(ValueError, match=rf"temperature is {temperature}.*above 0"):
            self.fixed(seed=47).build().tempered(temperature)

    def queries(self, f: Factorization) -> List[Tensor]:
        """Every query of the interface once, as detached tensors."""
        structure, marginals = f.argmax, f.marginals
        losses = [f.cross_entropy(f.indicator(structure)), f.cross_entropy(marginals)]
        others = [f.tempered(2.0).log_partition, f.as_teacher.log_partition]
        sentences = [sentence.log_partition for sentence in f.unstack()]
        values = [f.log_partition, f.entropy, f.choices, *tensors(marginals), *tensors(structure)]
        return [value.detach() for value in [*values, *losses, *others, *sentences]]


class LabelAxisContract(Contract):
    """For factorizations that have labels and a potential with a label axis."""

    def test_the_wrong_number_of_labels_is_refused(self):
        sample, size = self.fixed(seed=45), len(self.labels)
        message = rf"{size - 1} labels were given for a label axis of {size}; give one name for each"
        with pytest.raises(ValueError, match=message):
            sample.build(labels=sample.labels[:-1])

    def test_a_label_given_twice_is_refused(self):
        sample = self.fixed(seed=46)
        first = sample.labels[0]
        with pytest.raises(ValueError, match=rf"'{first}', '{first}'.*not distinct"):
            sample.build(labels=(first, first, *sample.labels[2:]))


def _first(sample: Sample, values: Dict[str, Tensor], batch: int, n: int) -> Dict[str, Tensor]:
    """The values of the first sentences and words."""
    kept = {"batch": slice(batch), "n": slice(n), "head": slice(n + 1)}
    return {
        name: value[tuple(kept.get(axis, slice(None)) for axis in sample.axes[name])] for name, value in values.items()
    }


def _loss(f: Factorization) -> Tensor:
    return f.cross_entropy(f.indicator(f.argmax)).sum()


def _same(actual: List[Tensor], expected: List[Tensor]) -> None:
    assert len(actual) == len(expected)
    for one, other in zip(actual, expected):
        assert one.dtype == other.dtype
        close(one, other)
