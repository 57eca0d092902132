"""The data loader `skd_streaming`: its batches, epochs, instances, worker processes, distributed parts and errors."""

import gc
import logging
import os
import random
import re
from collections import Counter

import pytest
import torch
import torch.distributed
from allennlp.common import Params
from allennlp.common.checks import ConfigurationError
from allennlp.common.testing import run_distributed_test
from allennlp.data import DataLoader, DatasetReader, Vocabulary
from allennlp.data.data_loaders import MultiProcessDataLoader

from skd_plugin.data import ConllNer, Dependencies, Streaming, Text

NER, TREES = "fixtures/ner.conll", "fixtures/trees.conllu"
BOTH = {"labelled": NER, "unlabelled": ["fixtures/unlabelled.txt", "fixtures/ner_dev.conll"]}
SIZE = 30


def loader(reader=None, data_path=BOTH, vocab=None, **options):
    params = Params({"type": "skd_streaming", "batch_size": 4, "seed": 1, **options})
    made = DataLoader.from_params(params, reader=reader or ConllNer(), data_path=data_path)
    made.index_with(vocab or Vocabulary.from_instances(made.iter_instances()))
    return made


def words(batches):
    return [[tuple(sentence["words"]) for sentence in batch["metadata"]] for batch in batches]


def all_words(reader, data_path):
    return [tuple(instance["metadata"]["words"]) for instance in reader.read(data_path)]


def same(ours, theirs):
    """Whether two batches, or parts of them, are equal."""
    if isinstance(ours, dict):
        return ours.keys() == theirs.keys() and all(same(ours[name], theirs[name]) for name in ours)
    return torch.equal(ours, theirs) if isinstance(ours, torch.Tensor) else ours == theirs


@pytest.mark.parametrize(
    "reader, data_path",
    [(ConllNer(), BOTH), (Dependencies(encoding="relative_offset"), TREES), (Text(), "fixtures/unlabelled.txt")],
    ids=["tags", "trees", "text"],
)
def test_in_the_order_of_the_file_the_batches_are_those_of_allennlp(reader, data_path):
    ours = loader(reader, data_path, shuffle=False)
    theirs = MultiProcessDataLoader(reader, data_path, batch_size=4)
    theirs.index_with(ours._vocab)
    batches, expected = list(ours), list(theirs)
    assert len(ours) == len(batches) == len(expected)
    assert all(map(same, batches, expected))
    assert all(map(same, ours, expected)), "in the next epoch too"


def test_instances_and_sentences_are_in_the_order_of_the_file():
    ours, expected = loader(), all_words(ConllNer(), BOTH)
    assert [tuple(instance["metadata"]["words"]) for instance in ours.iter_instances()] == expected
    assert list(ours.iter_sentences()) == expected
    assert [tuple(sentence.words) for sentence in ours.iter_with_tags()] == expected
    longest = tuple(ours.longest_instance()["metadata"]["words"])
    assert longest == max(expected, key=len)


def test_an_epoch_has_each_sentence_once_in_an_order_of_its_own():
    ours, expected = loader(), Counter(all_words(ConllNer(), BOTH))
    epochs = [words(ours) for _ in range(3)]
    assert all(Counter(sum(epoch, [])) == expected for epoch in epochs)
    assert epochs[0] != epochs[1] != epochs[2]
    assert {len(ours), *map(len, epochs)} == {8}
    ours.set_epoch(1)
    assert [words(ours), words(ours)] == epochs[1:]


def test_epochs_of_some_batches_follow_each_other_over_whole_passes():
    whole, cut = loader(), loader(batches_per_epoch=3)
    passes = [words(whole) for _ in range(3)]
    epochs = [words(cut) for _ in range(8)]
    assert sum(epochs, []) == sum(passes, [])
    assert len(cut) == 3
    cut.set_epoch(5)
    assert words(cut) == epochs[5]


def test_batches_that_are_done_are_not_made(monkeypatch):
    ours = loader(batches_per_epoch=5)
    expected = [words(ours) for _ in range(3)]
    ours.set_epoch(1, done=3)
    batches = list(ours)
    assert batches[:3] == [{}, {}, {}] and words(batches[3:]) == expected[1][3:]
    assert words(ours) == expected[2]
    ours.set_epoch(0, done=5)
    monkeypatch.setattr(Streaming, "_batch", None)
    assert list(ours) == [{}] * 5


def test_the_seed_follows_from_the_random_numbers_and_draws_none():
    def first_epoch(seed):
        random.seed(seed)
        state = random.getstate()
        ours = loader(seed=None)
        assert random.getstate() == state
        return words(ours)

    assert first_epoch(1) == first_epoch(1) != first_epoch(2)


def test_worker_processes_make_the_same_batches_and_draw_no_random_numbers():
    alone, state = loader(), torch.get_rng_state()
    expected = [*alone, *alone]
    for workers in (1, 2):
        ours = loader(num_workers=workers)
        assert all(map(same, [*ours, *ours], expected))
        assert torch.equal(torch.get_rng_state(), state)


def test_an_epoch_that_is_left_leaves_no_worker_process():
    ours = loader(num_workers=1)
    batches = iter(ours)
    next(batches)
    children = torch.multiprocessing.active_children()
    batches.close()
    assert children and not torch.multiprocessing.active_children()


class Refusing(ConllNer):
    """Refuses the sentences that have a word."""

    def to_instance(self, sentence):
        if self.word in sentence.words:
            raise ConfigurationError(f"the word {self.word} is refused")
        return super().to_instance(sentence)

    word = None


def test_errors_of_worker_processes_are_passed_on(monkeypatch):
    # After an error torch waits so many seconds for a process that does not end by itself.
    monkeypatch.setattr(torch.utils.data._utils, "MP_STATUS_CHECK_INTERVAL", 0.1)
    reader = Refusing()
    ours = loader(reader, num_workers=1)
    reader.word = next(ours.iter_sentences())[0]
    with pytest.raises(ConfigurationError, match=f"the word {reader.word} is refused"):
        list(ours)
    gc.collect()


def test_a_sentence_more_than_in_other_processes_is_in_a_batch_of_the_others(monkeypatch):
    monkeypatch.setattr(torch.distributed, "get_rank", lambda: 0)
    monkeypatch.setattr(torch.distributed, "get_world_size", lambda: 29)
    monkeypatch.setattr("skd_plugin.data.loaders.streaming.is_distributed", lambda: True)
    for shuffle in (True, False):
        ours = loader(batch_size=1, shuffle=shuffle)
        assert list(map(len, words(ours))) == [2] and len(ours) == 1


def check_parts(rank, world_size, device, data_path):
    """All processes together have each sentence once, in as many batches."""
    everything = Counter(sentence.words[0] for sentence in Text().read_sentences(data_path))
    for max_instances in (2, 8, 9, 10, 11, 41):
        for options in ({}, {"shuffle": False}, {"num_workers": 1}, {"batch_size": 1}, {"batches_per_epoch": 100}):
            ours = loader(Text(max_instances=max_instances), data_path, Vocabulary(), **options)
            epochs = [[sentence[0] for batch in words(ours) for sentence in batch] for _ in range(2)]
            gathered = [None] * world_size
            torch.distributed.all_gather_object(gathered, (len(ours), len(ours._sentences), epochs))
            batches, sizes, both_epochs = zip(*gathered)
            assert len(set(batches)) == 1 and max(sizes) - min(sizes) <= 1 and sum(sizes) == max_instances
            if "batches_per_epoch" not in options:
                for epoch in zip(*both_epochs):
                    seen = sum(epoch, [])
                    assert len(set(seen)) == len(seen) == max_instances and set(seen) <= everything.keys()


@pytest.mark.slow
def test_two_processes_see_each_sentence_once_in_as_many_batches(tmp_path):
    path = tmp_path / "text.txt"
    path.write_text("".join(f"word{index}" + " more" * (index % 7) + "\n" for index in range(50)))
    run_distributed_test([-1, -1], check_parts, str(path))


def test_fewer_sentences_than_processes(monkeypatch):
    monkeypatch.setattr(torch.distributed, "get_rank", lambda: 0)
    monkeypatch.setattr(torch.distributed, "get_world_size", lambda: 31)
    monkeypatch.setattr("skd_plugin.data.loaders.streaming.is_distributed", lambda: True)
    with pytest.raises(ConfigurationError, match=r"gives 30 sentence\(s\), expected .* the 31 process\(es\)"):
        loader()


def test_bad_lines_are_found_when_the_loader_is_made(tmp_path):
    path = tmp_path / "bad.conll"
    path.write_text("Oslo U-LOC\n\n" * 9 + "Oslo\n")
    with pytest.raises(ConfigurationError, match=f"{path}:19"):
        loader(ConllNer(scheme="BIOUL"), str(path))


def test_missing_tags_of_an_encoding_are_found_when_the_loader_is_made(tmp_path):
    path = tmp_path / "trees.conllu"
    path.write_text("1\tGo\t_\t_\t_\t_\t0\troot\t_\t_\n\n")
    with pytest.raises(ConfigurationError, match=f"{path}:1: found a tree without arc labels"):
        loader(Dependencies(encoding="relative_pos"), str(path))


def test_unknown_labels_are_found_when_the_loader_gets_the_vocabulary():
    with pytest.raises(ConfigurationError, match=r"ner\.conll:\d+: found the tag"):
        loader(data_path=NER, vocab=Vocabulary())


def test_of_accepted_labels_the_worker_processes_say_nothing_more(caplog):
    ours = loader(ConllNer(on_unknown_label="accept"), NER, Vocabulary(), num_workers=1)
    assert any("counts as wrongly predicted" in record.getMessage() for record in caplog.records)
    caplog.clear()
    list(ours)
    assert not [record for record in caplog.records if record.levelno >= logging.WARNING]


def test_without_a_vocabulary_there_are_no_batches():
    ours = DataLoader.from_params(Params({"type": "skd_streaming", "batch_size": 4}), reader=ConllNer(), data_path=NER)
    with pytest.raises(ValueError, match="index_with"):
        iter(ours)


def test_what_stays_on_disk(tmp_path):
    ours = loader(directory=str(tmp_path))
    list(ours)
    assert os.listdir(tmp_path) == []


def test_a_reader_of_others_is_refused_by_name():
    class TheirReader(DatasetReader):
        pass

    with pytest.raises(ConfigurationError, match="is a TheirReader. Use a reader of the plugin, or .*SentenceReader"):
        loader(TheirReader())


@pytest.mark.parametrize("reader", [ConllNer(max_instances=7), Text(max_instances=7)])
def test_max_instances(reader):
    assert len(list(loader(reader, {"unlabelled": "fixtures/unlabelled.txt"}).iter_sentences())) == 7


@pytest.mark.parametrize("option", ["batch_size", "batches_per_epoch", "num_workers", "window_size", "seed"])
@pytest.mark.parametrize("value", [-1, 0.5, "1", True, [1]])
def test_numbers(option, value):
    with pytest.raises(
        ConfigurationError, match=f"`{option}` of .*treaming is {re.escape(str(value)).lower()}|{value!r}"
    ):
        loader(**{option: value})


@pytest.mark.parametrize("option", ["batch_size", "batches_per_epoch", "window_size"])
def test_numbers_above_zero(option):
    with pytest.raises(ConfigurationError, match=f"`{option}` of skd_streaming is 0, expected a number of at least 1"):
        loader(**{option: 0})


@pytest.mark.parametrize("option, value", [("shuffle", 1), ("shuffle", None), ("directory", 1)])
def test_other_options(option, value):
    with pytest.raises(ConfigurationError, match=f"`{option}` of Streaming is"):
        loader(**{option: value})


def test_an_unknown_option():
    with pytest.raises(
        ConfigurationError, match="no option `batch_sampler` .*Its options are `batch_size`, `shuffle`,"
    ):
        loader(batch_sampler="bucket")
