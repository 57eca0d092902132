"""Every row of the projection table against −Σ_y P_t(y) log P_s(y) over all label sequences; new rows join in."""

from dataclasses import replace
from typing import Type

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

import skd_plugin.structures as structures
from skd_plugin.structures import (
    Factorization,
    MaxEnt,
    NoProjection,
    Parts,
    cross_entropy,
    kl_divergence,
    project,
    registered,
)

from .pairs import check_parts, every_pair, exact_cross_entropy, fixed, teacher_and_student
from .samples import Sample, axes_of, close, random_sample
from .strategies import deterministic, temperatures


@every_pair
def test_every_row_has_a_random_generator(pair):
    for kind in pair:
        axes_of(kind)


@every_pair
@deterministic
@given(data=st.data())
def test_project_gives_the_expected_parts(pair, data):
    teacher, student = data.draw(teacher_and_student(pair))
    expected = project(teacher.build(), student.build())
    assert type(expected) is student.kind.parts
    check_parts(expected, teacher.enumerate())


@every_pair
@deterministic
@given(data=st.data())
def test_cross_entropy_and_kl_divergence(pair, data):
    teacher, student = data.draw(teacher_and_student(pair))
    exact = exact_cross_entropy(teacher.enumerate(), student.enumerate())
    close(cross_entropy(teacher.build(), student.build()), exact)
    entropies = [t.entropy for t in teacher.enumerate()]
    close(kl_divergence(teacher.build(), student.build()), np.subtract(exact, entropies))


@every_pair
@deterministic
@given(data=st.data(), temperature=temperatures)
def test_tempered_teacher_and_student(pair, data, temperature):
    teacher, student = data.draw(teacher_and_student(pair))
    exact = exact_cross_entropy(*(side.tempered(temperature).enumerate() for side in (teacher, student)))
    close(cross_entropy(*(side.build().tempered(temperature) for side in (teacher, student))), exact)


@every_pair
def test_sentences_of_one_word(pair):
    teacher, student = fixed(pair, lengths=(1, 1))
    exact = exact_cross_entropy(teacher.enumerate(), student.enumerate())
    close(cross_entropy(teacher.build(), student.build()), exact)
    check_parts(project(teacher.build(), student.build()), teacher.enumerate())


@every_pair
def test_padding_changes_nothing(pair):
    teacher, student = (sample.padded_with(1e4) for sample in fixed(pair))
    batch = kl_divergence(teacher.build(), student.build())
    for index, (t, s) in enumerate(zip(teacher.sentences(), student.sentences())):
        close(batch[index], kl_divergence(t.build(), s.build())[0])


@every_pair
def test_a_student_equal_to_its_teacher_has_no_divergence_and_no_gradient(pair):
    teacher, student = _equal(pair)
    student = student.leaves()
    divergence = kl_divergence(teacher.build(), student.build())
    divergence.sum().backward()
    close(divergence.detach(), torch.zeros(3))
    for potential in student.potentials.values():
        close(potential.grad, torch.zeros_like(potential))


@every_pair
def test_no_gradient_reaches_the_teacher(pair):
    teacher, student = (sample.leaves() for sample in fixed(pair))
    cross_entropy(teacher.build(), student.build()).sum().backward()
    kl_divergence(teacher.build(), student.build()).sum().backward()
    assert all(potential.grad is None for potential in teacher.potentials.values())
    assert all(potential.grad is not None for potential in student.potentials.values())


def test_an_unknown_pair_is_refused_with_the_known_pairs_and_the_remedy():
    class Novel(Parts):
        pass

    class Stranger:
        parts = Novel
        labels = ("noun",)

    with pytest.raises(NoProjection) as error:
        project(random_sample(MaxEnt, seed=0).build(), Stranger())
    message = str(error.value)
    assert "No projection of MaxEnt → Novel is registered" in message
    assert "@projection(MaxEnt, onto=Novel)" in message
    for teacher, parts in registered():
        assert f"{teacher.__name__} → {parts.__name__}" in message


def test_the_table_documents_itself():
    for (teacher, parts), function in registered().items():
        assert f"{teacher.__name__} → {parts.__name__}: {function.__name__}" in project.__doc__


def test_the_table_is_handed_out_as_a_copy():
    registered().clear()
    assert registered()


def test_every_public_name_exists():
    assert all(hasattr(structures, name) for name in structures.__all__)


def _equal(pair):
    """One distribution as the teacher and as the student: general for one class, independent tokens for two."""
    if pair[0] is pair[1]:
        return fixed(pair[:1], seed=50) * 2
    independent = random_sample(MaxEnt, seed=50)
    return tuple(independent if kind is MaxEnt else _without_transitions(kind, independent) for kind in pair)


def _without_transitions(kind: Type[Factorization], independent: Sample) -> Sample:
    silent = random_sample(kind, seed=0, scale=0.0)
    return replace(silent, potentials={**silent.potentials, "emissions": independent.potentials["scores"]})


@pytest.mark.parametrize("others", [(3, 3, 2), (3,)])
def test_other_sentences_are_refused(others):
    teacher = random_sample(MaxEnt, 0, lengths=(3, 2, 3)).build()
    student = random_sample(MaxEnt, 1, lengths=others).build()
    with pytest.raises(ValueError, match=r"teacher's sentences have \[3, 2, 3\] words .* must read the same sentences"):
        project(teacher, student)
