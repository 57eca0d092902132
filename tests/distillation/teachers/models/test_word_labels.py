"""The tags of other libraries' models, as distributions over BIOUL tags: against the enumeration of all sequences."""

from itertools import product

import pytest
import torch
from allennlp.common.checks import ConfigurationError

from skd_plugin.data.tags.schemes import first_misfit, to_bioul
from skd_plugin.distillation.teachers.models.word_labels import WordLabels
from skd_plugin.structures import ConstrainedChain, MaxEnt

LABELS = {
    "IOB2": ["B-PER", "I-PER", "O", "B-LOC", "I-LOC"],
    "IOB1": ["O", "I-PER", "B-PER", "I-LOC"],
    "IO": ["PER", "O", "LOC"],
    "BIOUL": ["O", "U-PER", "L-PER", "I-PER", "B-PER"],
    "BIOES": ["O", "B-PER", "I-PER", "E-PER", "S-PER", "S-LOC"],
    "BMES": ["O", "B-PER", "M-PER", "E-PER", "S-PER"],
    "BMEWO": ["O", "B-PER", "M-PER", "E-PER", "W-PER"],
}
LENGTH = 3


def bioul_of(tags, scheme):
    """The entities of a sequence of the scheme; None if it is ill-formed, or if a run could be read in two ways."""
    if scheme == "IO":
        return to_bioul([tag if tag == "O" else f"I-{tag}" for tag in tags])
    if first_misfit(tags, scheme) or scheme == "IOB1" and any(tag.startswith("B") for tag in tags):
        return None
    return to_bioul(tags)


def scores_of(labels, seed=0):
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(1, LENGTH, len(labels), generator=generator, dtype=torch.float64)


MASK = torch.ones(1, LENGTH, dtype=torch.bool)


@pytest.mark.parametrize("scheme", LABELS)
def test_the_distribution_is_that_of_the_models_well_formed_sequences(scheme):
    labels = LABELS[scheme]
    scores = scores_of(labels)
    expected = {}
    for ids in product(range(len(labels)), repeat=LENGTH):
        written = bioul_of([labels[index] for index in ids], scheme)
        if written is not None:
            expected[tuple(written)] = sum(scores[0, word, index] for word, index in enumerate(ids)).exp().item()
    total = sum(expected.values())

    words = WordLabels(labels, "tagger", scheme="IOB1" if scheme == "IOB1" else None)
    assert words.scheme == scheme
    distribution = words.distribution(scores, MASK)
    found = distribution.n_best(len(expected) + 5)
    ranked = zip(found.structures[0].tolist(), found.log_probabilities[0].double().exp().tolist())
    ours = {tuple(distribution.labels[index] for index in ids): mass for ids, mass in ranked if mass > 1e-12}
    # That of a MaxEnt includes ill-formed sequences, of which the best are not asked.
    well_formed = sum(ours.values())
    assert ours.keys() == expected.keys()
    for tags, mass in expected.items():
        assert ours[tags] / well_formed == pytest.approx(mass / total, rel=1e-5)
    assert type(distribution) is (ConstrainedChain if scheme in ("IOB2", "IOB1", "IO") else MaxEnt)


def test_labels_that_are_no_tags_stay_as_they_are():
    scores = scores_of("abc")
    distribution = WordLabels(["NOUN", "VERB", "X"], "tagger").distribution(scores, MASK)
    assert distribution.labels == ("NOUN", "VERB", "X")
    torch.testing.assert_close(distribution.token_marginals, scores.softmax(-1))


def test_an_outside_of_another_name():
    words = WordLabels(["OTHER", "B-PER", "I-PER"], "tagger")
    assert words.scheme == "IOB2" and words.labels == ("O", "B-PER", "I-PER", "L-PER", "U-PER")


def test_types_without_a_name():
    assert WordLabels(["O", "B", "I"], "tagger").labels == ("O", "B-ENTITY", "I-ENTITY", "L-ENTITY", "U-ENTITY")
    assert "U-GENE" in WordLabels(["O", "B", "I"], "tagger", entity_type="GENE").labels


def test_labels_that_no_word_has_are_conditioned_away():
    scores = scores_of("abcd")
    tags = {"LABEL_0": "O", "LABEL_1": "U-PER", "LABEL_2": None, "LABEL_3": "U-LOC"}
    distribution = WordLabels([f"LABEL_{number}" for number in range(4)], "tagger", tags).distribution(scores, MASK)
    assert distribution.labels == ("O", "U-PER", "U-LOC")
    torch.testing.assert_close(distribution.token_marginals, scores[..., [0, 1, 3]].softmax(-1))


def test_a_tag_that_the_model_lacks_has_no_probability():
    distribution = WordLabels(["O", "B-PER"], "tagger").distribution(scores_of("ab"), MASK)
    inside = [distribution.labels.index(tag) for tag in ("B-PER", "I-PER", "L-PER")]
    assert distribution.token_marginals[..., inside].sum() == 0


@pytest.mark.parametrize(
    "labels, options, message",
    [
        (["LABEL_0", "LABEL_1"], {}, "numbers for names: LABEL_0, LABEL_1. Say what they stand for: tags: .*'B-PER'"),
        (["O", "B-PER", "[PAD]", "X"], {}, "no tags of entities: O, .PAD., X are no tags. .* '.PAD.': null"),
        (["B-PER", "I-PER"], {}, "none of them means 'no entity'"),
        (["O", "B-PER", "E-PER", "L-PER"], {}, "no scheme has the prefixes B, E, L"),
        (["O", "B-PER"], {"tags": {"P": "O"}}, "The `tags` of teacher tagger name 'P', which is none of its labels: O"),
        (["O", "X"], {"tags": {"X": "O"}}, "several stand for 'O'. They are O, X. Change its `tags`"),
        (["O", "X"], {"tags": {"O": None, "X": None}}, "none stands for a tag"),
        (["NOUN", "VERB"], {"scheme": "IOB2"}, "NOUN, VERB are no tags of IOB2"),
        (["O", "B-PER", "I-PER", "E-PER"], {"scheme": "IOB2"}, "E-PER is no tag of IOB2"),
        (["O", "B-PER", "E-PER", "L-PER"], {"scheme": "BIOES"}, "L-PER is no tag of BIOES"),
    ],
)
def test_labels_that_are_not_understood(labels, options, message):
    with pytest.raises(ConfigurationError, match=message):
        WordLabels(labels, "tagger", **options)
