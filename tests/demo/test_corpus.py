"""The corpus is the same for the same seed, well-formed, honest about itself, and as hard as the demo needs it."""

import sys
from collections import Counter
from pathlib import Path

import conllu
import pytest

from demo import corpus

SIZES = {"test": 120, "dev": 60, "labelled": 200, "unlabelled": 400}
RELATIONS = set(
    "acl:relcl advcl advmod amod appos aux aux:pass case cc ccomp compound conj det flat mark nmod nsubj "
    "nsubj:pass nummod obj obl obl:agent punct root".split()
)


@pytest.fixture(scope="module")
def directory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("corpus")
    corpus.write(path, seed=3, sizes=SIZES)
    return path


def parsed(directory: Path, *splits: str) -> list:
    texts = [(directory / f"{split}.conllu").read_text(encoding="utf-8") for split in splits]
    return [sentence for text in texts for sentence in conllu.parse(text)]


def labelled(directory: Path) -> list:
    return parsed(directory, "labelled", "dev", "test")


def tags(sentence: list) -> list:
    return [token["misc"]["NE"] for token in sentence]


def entities(sentences: list) -> Counter:
    """How often each entity occurs with each type."""
    found: Counter = Counter()
    for sentence in sentences:
        words = [(token["form"], *token["misc"]["NE"].partition("-")[::2]) for token in sentence]
        starts = [index for index, (_, prefix, _) in enumerate(words) if prefix == "B"]
        for start in starts:
            end = next((i for i in range(start + 1, len(words)) if words[i][1] != "I"), len(words))
            found[" ".join(form for form, _, _ in words[start:end]), words[start][2]] += 1
    return found


def is_non_projective(sentence: list) -> bool:
    arcs = [tuple(sorted((token["id"], token["head"]))) for token in sentence]
    return any(a < c < b < d for a, b in arcs for c, d in arcs)


def test_same_seed_same_corpus(directory, tmp_path):
    corpus.write(tmp_path, seed=3, sizes=SIZES)
    files = sorted(path.name for path in directory.iterdir())
    assert files == ["README.txt", "dev.conllu", "labelled.conllu", "test.conllu", "unlabelled.txt"]
    assert all((directory / name).read_bytes() == (tmp_path / name).read_bytes() for name in files)


def test_another_seed_is_another_language(directory):
    other = corpus.generate(4, {"test": 20})["test"]
    text = (directory / "test.conllu").read_text(encoding="utf-8")
    assert not any(corpus.text(sentence) in text for sentence in other)


def test_a_longer_split_begins_with_the_shorter_one():
    short, long = (corpus.generate(0, {"test": size})["test"] for size in (10, 30))
    assert [corpus.text(s) for s in long[:10]] == [corpus.text(s) for s in short]


def test_no_sentence_stands_in_two_splits(directory):
    sentences = [sentence.metadata["text"] for sentence in labelled(directory)]
    sentences += (directory / "unlabelled.txt").read_text(encoding="utf-8").splitlines()
    assert len(sentences) == len(set(sentences)) == sum(SIZES.values())


def test_every_file_says_that_it_is_synthetic(directory):
    for name in ("README.txt", "labelled.conllu", "dev.conllu", "test.conllu"):
        assert "synthetic, seed 3" in (directory / name).read_text(encoding="utf-8").split("\n")[0]


def test_trees_have_one_root_and_no_cycle(directory):
    for sentence in labelled(directory):
        heads = {token["id"]: token["head"] for token in sentence}
        assert list(heads.values()).count(0) == 1
        for word in heads:
            path = [word]
            while path[-1] != 0:
                path.append(heads[path[-1]])
                assert len(path) <= len(heads) + 1, f"a cycle in {sentence.metadata['text']}"


def test_relations_are_those_of_ud(directory):
    assert {token["deprel"] for sentence in labelled(directory) for token in sentence} == RELATIONS


def test_tags_are_well_formed(directory):
    for sentence in labelled(directory):
        for before, tag in zip(["O", *tags(sentence)], tags(sentence)):
            assert tag == "O" or tag[2:] in ("PER", "LOC", "ORG")
            assert not tag.startswith("I-") or before[2:] == tag[2:], sentence.metadata["text"]


def test_statistics(directory):
    sentences = labelled(directory)
    words = sum(map(len, sentences)) / len(sentences)
    mentions = Counter(tag[2:] for sentence in sentences for tag in tags(sentence) if tag.startswith("B-"))
    assert 8 < words < 16
    assert max(map(len, sentences)) <= corpus.LONGEST
    assert 1.2 < sum(mentions.values()) / len(sentences) < 2.5
    assert min(mentions.values()) > 0.7 * max(mentions.values())
    assert 0.005 < sum(map(is_non_projective, sentences)) / len(sentences) < 0.1


def test_names_are_ambiguous_unseen_and_long(directory):
    train, test = entities(parsed(directory, "labelled")), entities(parsed(directory, "test"))
    ambiguous = [name for name, count in Counter(name for name, _ in train).items() if count > 1]
    unseen = [name for name, _ in test if not any((name, kind) in train for kind in ("PER", "LOC", "ORG"))]
    assert len(ambiguous) >= 5
    assert len(unseen) > 0.3 * len(test)
    assert any(" of " in name for name, _ in train) and any(" and " in name for name, _ in train)


def test_text_without_labels_knows_many_more_words(directory):
    words = {token["form"] for sentence in parsed(directory, "labelled") for token in sentence}
    more = set((directory / "unlabelled.txt").read_text(encoding="utf-8").split())
    test = {token["form"] for sentence in parsed(directory, "test") for token in sentence}
    assert len(test & (words | more)) > 1.2 * len(test & words)


def test_command(tmp_path, monkeypatch):
    command = "demo.corpus out --seed 7 --labelled 4 --unlabelled 3 --dev 2 --test 1".split()
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "argv", command)
    corpus.main()
    assert [len(parsed(tmp_path / "out", split)) for split in ("labelled", "dev", "test")] == [4, 2, 1]
    assert len((tmp_path / "out/unlabelled.txt").read_text(encoding="utf-8").splitlines()) == 3
