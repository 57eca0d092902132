"""Every row of the projection table against −Σ_y P_t(y) log P_s(y) over all structures; new rows are tested, too."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

import skd_plugin.structures as structures
from skd_plugin.structures import (
    MaxEnt,
    NoProjection,
    Parts,
    cross_entropy,
    kl_divergence,
    lost_mass,
    project,
    registered,
    target,
)
from tests.structures.oracles.exact_parts import check_parts, tensors
from tests.structures.samples.equal_samples import CAN_BE_EQUAL, equal_samples
from tests.structures.samples.pairs import (
    conditioned,
    every_pair,
    every_projection_and_student,
    exact_cross_entropy,
    fixed,
    parametrized,
    representatives,
    teacher_and_student,
)
from tests.structures.samples.sample import close, random_sample
from tests.structures.samples.strategies import deterministic, temperatures


@pytest.mark.slow
@every_pair
@deterministic
@given(data=st.data())
def test_every_pair_by_enumeration(pair, data):
    teacher, student = data.draw(teacher_and_student(pair))
    f, enumerated, conditional = student.build(), student.enumerate(), conditioned(teacher, student)
    soft_target = target(teacher.build(), f, "renormalize")
    assert type(soft_target.expected) is student.kind.parts
    check_parts(soft_target.expected, conditional, student)
    exact = exact_cross_entropy(conditional, enumerated)
    close(f.cross_entropy(soft_target.expected), exact)
    close(soft_target.entropy, [sentence.entropy for sentence in conditional])
    lost = [one.mass_unknown_to(other) for one, other in zip(teacher.enumerate(), enumerated)]
    close(soft_target.lost_mass, lost)
    assert soft_target.drops or not any(lost)


@every_projection_and_student
def test_the_public_functions_are_those_of_the_target(pair):
    teacher, student = (sample.build() for sample in fixed(pair))
    soft_target = target(teacher, student, "renormalize")
    for ours, theirs in zip(tensors(project(teacher, student, "renormalize")), tensors(soft_target.expected)):
        assert ours.equal(theirs)
    loss = student.cross_entropy(soft_target.expected)
    assert cross_entropy(teacher, student, "renormalize").equal(loss)
    assert kl_divergence(teacher, student, "renormalize").equal(loss - soft_target.entropy)
    assert lost_mass(teacher, student).equal(soft_target.lost_mass)
    assert (loss - soft_target.entropy > -1e-10).all()


@every_projection_and_student
@deterministic
@given(data=st.data(), temperature=temperatures)
def test_tempered_teacher_and_student(pair, data, temperature):
    sides = data.draw(teacher_and_student(pair))
    teacher, student = (side.tempered(temperature) for side in sides)
    exact = exact_cross_entropy(conditioned(teacher, student), student.enumerate())
    close(cross_entropy(*(side.build().tempered(temperature) for side in sides), "renormalize"), exact)


@every_projection_and_student
def test_sentences_of_one_word(pair):
    teacher, student = fixed(pair, lengths=(1, 1))
    conditional = conditioned(teacher, student)
    exact = exact_cross_entropy(conditional, student.enumerate())
    close(cross_entropy(teacher.build(), student.build(), "renormalize"), exact)
    check_parts(project(teacher.build(), student.build(), "renormalize"), conditional, student)


@every_projection_and_student
def test_padding_changes_nothing(pair):
    teacher, student = (sample.padded_with(1e4) for sample in fixed(pair))
    batch = kl_divergence(teacher.build(), student.build(), "renormalize")
    for index, (t, s) in enumerate(zip(teacher.sentences(), student.sentences())):
        close(batch[index], kl_divergence(t.build(), s.build(), "renormalize")[0])


@every_projection_and_student
def test_sentences_without_words(pair):
    samples = fixed(pair)
    mask = samples[0].mask & torch.tensor([[True], [False], [True]])
    teacher, student = (sample.build(mask=mask) for sample in samples)
    whole = kl_divergence(*(sample.build() for sample in samples), "renormalize")
    divergence = kl_divergence(teacher, student, "renormalize")
    close(divergence, whole * torch.tensor([1, 0, 1]))
    assert lost_mass(teacher, student)[1] == 0


@parametrized(representatives(CAN_BE_EQUAL))
def test_a_student_equal_to_its_teacher_has_no_divergence_and_no_gradient(pair):
    teacher, student = equal_samples(pair, seed=50)
    student = student.leaves()
    divergence = kl_divergence(teacher.build(), student.build(), "renormalize")
    divergence.sum().backward()
    close(divergence.detach(), torch.zeros(3))
    for potential in student.potentials.values():
        close(potential.grad, torch.zeros_like(potential))


@every_projection_and_student
def test_no_gradient_reaches_the_teacher(pair):
    teacher, student = (sample.leaves() for sample in fixed(pair))
    cross_entropy(teacher.build(), student.build(), "renormalize").sum().backward()
    kl_divergence(teacher.build(), student.build(), "renormalize").sum().backward()
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
        assert f"{teacher.__name__} → {parts.__name__}: {function.__name__}" in registered.__doc__


def test_the_table_is_handed_out_as_a_copy():
    registered().clear()
    assert registered()


def test_every_public_name_exists():
    assert all(hasattr(structures, name) for name in structures.__all__)


@pytest.mark.parametrize("others", [(3, 3, 2), (3,)])
def test_different_sentences_are_refused(others):
    teacher = random_sample(MaxEnt, 0, lengths=(3, 2, 3)).build()
    student = random_sample(MaxEnt, 1, lengths=others).build()
    with pytest.raises(ValueError, match=r"teacher's sentences have \[3, 2, 3\] words .* must read the same sentences"):
        project(teacher, student)
