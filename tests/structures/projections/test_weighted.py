"""N-best lists teach every student of their kind exactly: Σ_r w_r · 1[u ∈ y_r], compared with enumeration."""

import math

import pytest
import torch

from skd_plugin.structures import (
    FORBIDDEN,
    ConstrainedChain,
    FlatSpans,
    HeadSelection,
    LabelMismatch,
    LinearChain,
    MaxEnt,
    NotDefined,
    ProjectiveTree,
    WeightedSequences,
    WeightedSpans,
    WeightedTrees,
    best_target,
    cross_entropy,
    label_names,
    renamed,
    target,
)
from skd_plugin.structures.trees.weighted_trees import are_projective, are_trees
from tests.structures.oracles.exact_parts import check_parts
from tests.structures.oracles.trees import head_assignments, is_projective, is_tree
from tests.structures.samples.kinds import POTENTIALS
from tests.structures.samples.lists import WeightedList, is_of_trees, random_list
from tests.structures.samples.sample import RELATIONS, TAGS, TYPES, close, random_sample

LISTS = (WeightedSequences, WeightedSpans, WeightedTrees)
PAIRS = [
    (teacher, student) for teacher in LISTS for student in POTENTIALS if is_of_trees(teacher) == is_of_trees(student)
]
LENGTHS = (3, 1, 2)

every_pair = pytest.mark.parametrize(
    "pair", PAIRS, ids=[f"{teacher.__name__} to {student.__name__}" for teacher, student in PAIRS]
)
every_list = pytest.mark.parametrize("kind", LISTS, ids=lambda kind: kind.__name__)

SOME_TAGS = ("L-Y", "O", "U-Y", "L-X", "B-X", "U-X", "B-Y")
SOME_LABELS = {WeightedSequences: SOME_TAGS, WeightedSpans: SOME_TAGS, WeightedTrees: RELATIONS}


def student_of(pair, seed, reach=2):
    kind = pair[1]
    if is_of_trees(kind):
        return random_sample(kind, seed, LENGTHS, RELATIONS, reach=reach)
    return random_sample(kind, seed, LENGTHS, TYPES if kind.__name__.endswith("Spans") else SOME_TAGS, reach=reach)


@every_pair
@pytest.mark.parametrize("seed", range(4))
def test_every_student_by_enumeration(pair, seed):
    student = student_of(pair, seed)
    teacher = random_list(pair[0], student, seed)
    own = student.enumerate()
    conditional = [one.conditioned_on(other) for one, other in zip(teacher.enumerate(), own)]
    soft_target = target(teacher.build(), student.build(), "renormalize")
    check_parts(soft_target.expected, conditional, student)
    close(soft_target.entropy, [sentence.entropy for sentence in conditional])
    lost = [one.mass_unknown_to(other) for one, other in zip(teacher.enumerate(), own)]
    close(soft_target.lost_mass, lost)
    assert soft_target.drops or not any(lost)
    exact = [one.cross_entropy(other) for one, other in zip(conditional, own)]
    close(student.build().cross_entropy(soft_target.expected), exact)


@pytest.mark.parametrize("kind", [HeadSelection, ProjectiveTree])
def test_a_student_of_heads_alone(kind):
    student = random_sample(kind, 0, LENGTHS, ())
    teacher = random_list(WeightedTrees, student, 0)
    conditional = [one.conditioned_on(other) for one, other in zip(teacher.enumerate(), student.enumerate())]
    soft_target = target(teacher.build(), student.build(), "renormalize")
    check_parts(soft_target.expected, conditional, student)
    close(soft_target.entropy, [sentence.entropy for sentence in conditional])


@every_list
def test_the_distribution_itself_by_enumeration(kind):
    student = student_of((kind, HeadSelection if kind is WeightedTrees else MaxEnt), 5)
    sample = random_list(kind, student, 5)
    f, enumerated = sample.build(), sample.enumerate()
    close(f.entropy, [sentence.entropy for sentence in enumerated])
    close(f.log_partition, [sentence.log_partition for sentence in enumerated])
    for temperature in (0.5, 3.0):
        exact = sample.tempered(temperature)
        close(f.tempered(temperature).entropy, [sentence.entropy for sentence in exact.enumerate()])
        close(f.tempered(temperature).probabilities.sum(1), [1, 1, 1])
    best = f.n_best(10)
    for row, sentence in zip(best.log_probabilities, enumerated):
        exact = sorted(sentence.log_probabilities, reverse=True)
        close(row[: len(exact)], exact)
        assert row[len(exact) :].isneginf().all()
    again = kind.stack(f.unstack())
    assert again.weights.equal(f.weights) and [one.mask.shape[1] for one in f.unstack()] == list(LENGTHS)
    for name in f.structure_names:
        assert getattr(again, name).equal(getattr(f, name))
    assert f.of_sentences(torch.tensor([2, 0])).weights.equal(f.weights[[2, 0]])


@every_list
def test_marginals_are_those_of_the_list(kind):
    student = student_of((kind, HeadSelection if kind is WeightedTrees else MaxEnt), 6)
    sample = random_list(kind, student, 6)
    f = sample.build()
    values = [f.indicator(structure) * f.probabilities[:, r] for r, structure in enumerate(f.ranks)]
    total = sum(values[1:], values[0])
    assert type(f.marginals) is kind.parts
    name = next(iter(kind.parts.axes))
    close(getattr(f.marginals, name), getattr(total, name))


def test_by_hand():
    """P("B L") = 3/4, where it is there twice, and P("O O") = 1/4."""
    names = [(0.5, ("B-X", "L-X")), (0.5, ("O", "O")), (1.0, ("B-X", "L-X"))]
    teacher = WeightedList(WeightedSequences, ("O", "B-X", "L-X"), [names]).build()
    close(teacher.entropy, [2 * math.log(2) - 3 / 4 * math.log(3)])
    mask = torch.ones(1, 2, dtype=torch.bool)
    student = MaxEnt(torch.zeros(1, 2, 3, dtype=torch.float64), mask, ("L-X", "O", "B-X"))
    close(target(teacher, student).expected.tokens, [[[0, 1 / 4, 3 / 4], [3 / 4, 1 / 4, 0]]])
    # Unlike a MaxEnt with the same marginals, it gives a chain the bigram that there is.
    spans = FlatSpans(torch.zeros(1, 2, 2, 1, dtype=torch.float64), mask, ("X",))
    close(target(teacher, spans).expected.spans, [[[[0], [3 / 4]], [[0], [0]]]])
    close(cross_entropy(teacher, spans), [math.log(5)])


def test_labels_that_the_student_lacks():
    teacher = WeightedList(
        WeightedSequences, ("noun", "verb"), [[(3, ("noun", "verb")), (1, ("noun", "noun"))]]
    ).build()
    student = MaxEnt(torch.zeros(1, 2, 1), torch.ones(1, 2, dtype=torch.bool), ("noun",))
    with pytest.raises(LabelMismatch, match="labels that the student lacks: verb"):
        target(teacher, student)
    soft_target = target(teacher, student, "renormalize")
    close(soft_target.expected.tokens, [[[1], [1]]])
    close(soft_target.lost_mass, [3 / 4], 1e-6)


def test_a_student_that_has_none_of_the_structures():
    teacher = WeightedList(WeightedTrees, ("a",), [[(1, ("2@a", "1@a"))]]).build()
    student = ProjectiveTree(torch.zeros(1, 2, 3), torch.zeros(1, 2, 3, 1), teacher.mask, ("a",))
    message = "can produce none of the teacher's 1 structures of a sentence .sentence 1 of the batch, of 2 words.*leave"
    for policy in ("error", "renormalize"):
        with pytest.raises(LabelMismatch, match=message):
            target(teacher, student, policy)


@pytest.mark.parametrize("kind", [FlatSpans, ConstrainedChain])
def test_spans_that_are_too_wide(kind):
    student = student_of((WeightedSpans, kind), 0)
    names = [(1.0, ("B-X", "I-X", "L-X")), (1.0, ("O", "O", "U-X"))]
    teacher = WeightedList(WeightedSpans, ("X",), [names, [(1.0, ("O",))], [(1.0, ("O", "O"))]]).build()
    with pytest.raises(LabelMismatch, match="gives 50% of its probability to structures that the student cannot write"):
        target(teacher, student.build())
    close(target(teacher, student.build(), "renormalize").lost_mass, [0.5, 0, 0])


def test_it_can_be_an_objective_of_best_structures_and_cannot_be_a_student():
    student = student_of((WeightedSequences, LinearChain), 1)
    teacher = random_list(WeightedSequences, student, 1)
    soft_target = best_target(teacher.build(), student.build(), 10, True, "renormalize")
    exact = target(teacher.build(), student.build(), "renormalize")
    close(soft_target.expected.tokens, exact.expected.tokens)
    with pytest.raises(NotDefined, match="can teach but not be taught. Choose another student"):
        teacher.build().cross_entropy(exact.expected)


def test_other_names():
    names = [(3, ("U-X", "O")), (1, ("U-Y", "O"))]
    sequences = WeightedList(WeightedSequences, TAGS, [names]).build()
    assert set(label_names(sequences)) == {"X", "Y"}
    assert renamed(sequences, {"X": "Y"}).entropy.item() == 0
    spans = WeightedList(WeightedSpans, TYPES, [names]).build()
    without = renamed(spans, {"X": None, "Y": "Z"})
    assert without.labels == ("Z",) and without.widths[0, 0].tolist() == [0, 1]
    close(without.entropy, spans.entropy)
    trees = WeightedList(WeightedTrees, ("a", "b"), [[(3, ("0@a", "1@b")), (1, ("0@a", "1@a"))]]).build()
    assert renamed(trees, {"b": "a"}).entropy.item() == 0
    with pytest.raises(NotDefined, match="b cannot be taken away"):
        renamed(trees, {"b": None})


def test_ranks_that_do_not_exist_and_padding_have_no_effect():
    f = WeightedList(WeightedSequences, ("a", "b"), [[(1, ("b", "a"))], [(1, ("b",)), (1, ("a",))]]).build()
    assert f.weights[0, 1] == FORBIDDEN and f.probabilities.tolist() == [[1, 0], [0.5, 0.5]]
    foreign = f.ids.masked_fill(~f.mask.unsqueeze(2), 7)
    assert WeightedSequences(f.weights, foreign, f.mask, f.labels).ids.equal(f.ids)
    tempered = f.tempered(1000.0)
    assert tempered.probabilities[0].tolist() == [1, 0]


def test_trees_and_projective_trees():
    for n in range(1, 5):
        heads = torch.tensor(head_assignments(n, lambda heads: True))
        mask = torch.ones_like(heads, dtype=torch.bool)
        trees = torch.tensor([is_tree(row) for row in heads.tolist()])
        assert are_trees(heads, mask).equal(trees)
        projective = torch.tensor([is_projective(row) for row in heads.tolist()])
        assert (are_trees(heads, mask) & are_projective(heads, mask)).equal(projective)
        padded = torch.nn.functional.pad(heads, (0, 2))
        longer = torch.nn.functional.pad(mask, (0, 2))
        assert (are_trees(padded, longer) & are_projective(padded, longer)).equal(projective)


@pytest.mark.parametrize(
    "changes, message",
    [
        ({"weights": torch.zeros(2, 1)}, r"weights has shape \(2, 1\), expected \(2, 2\)"),
        ({"weights": torch.full((2, 2), math.nan)}, "weights is nan"),
        ({"ids": torch.zeros(2, 2, dtype=torch.long)}, r"ids has shape \(2, 2\), expected axes \(batch, n, k\)"),
        ({"ids": torch.full((2, 2, 2), 5)}, "label ids"),
    ],
)
def test_wrong_arguments_are_refused(changes, message):
    sample = WeightedList(WeightedSequences, ("a", "b"), [[(1, ("b", "a"))], [(1, ("b",)), (1, ("a",))]])
    with pytest.raises(ValueError, match=message):
        sample.build(**changes)
