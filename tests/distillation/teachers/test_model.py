"""A teacher's archive is read with its own reader, has a fingerprint, and is refused if it cannot teach."""

import shutil
import tarfile

import pytest
import torch
from allennlp.common.checks import ConfigurationError

from skd_plugin.distillation import ArchivedModel
from skd_plugin.structures import LinearChain, MaxEnt
from tests.teachers import fingerprint, loaded

CPU = torch.device("cpu")
SENTENCES = [("Anna", "Berg", "left"), ("Oslo",), ("unheard", "of")]


@pytest.fixture
def folder(maxent_teacher, tmp_path):
    """The teacher's unpacked files, for a test to damage."""
    shutil.unpack_archive(maxent_teacher, tmp_path / "teacher")
    return tmp_path / "teacher"


def packed(folder):
    path = folder.parent / "model.tar.gz"
    with tarfile.open(path, "w:gz") as archive:
        for file in folder.iterdir():
            archive.add(file, arcname=file.name)
    return path


@pytest.mark.parametrize("name, kind", [("crf_teacher", LinearChain), ("maxent_teacher", MaxEnt)])
def test_a_batch_gives_the_same_as_single_sentences(request, name, kind):
    teacher = loaded(request.getfixturevalue(name))
    together = teacher.read(SENTENCES)
    for sentence, words in zip(together, SENTENCES):
        [alone] = teacher.read([words])
        assert type(alone) is type(sentence) is kind
        assert alone.labels == sentence.labels and alone.mask.shape == sentence.mask.shape == (1, len(words))
        torch.testing.assert_close(alone.token_marginals, sentence.token_marginals)


def test_the_model_is_frozen_and_does_not_drop_out(maxent_teacher):
    model = loaded(maxent_teacher)._loaded.model
    assert not model.training
    assert not any(weights.requires_grad for weights in model.parameters())


def test_a_folder_is_as_good_as_its_archive(folder):
    ours, theirs = loaded(folder), loaded(packed(folder))
    for one, other in zip(ours.read(SENTENCES), theirs.read(SENTENCES)):
        assert torch.equal(one.scores, other.scores)


def test_the_fingerprint_is_of_the_model_not_of_its_logs(folder):
    before = fingerprint(folder)
    (folder / "out.log").write_text("evaluated")
    (folder / "log.d").mkdir()
    assert fingerprint(folder) == before
    shutil.copy(folder / "config.json", folder / "weights.th")
    assert fingerprint(folder) != before


def test_an_archive_that_is_not_there(folder):
    with pytest.raises(ConfigurationError, match="no teacher archive at .*teacher.tar.gz. Train the teacher first"):
        ArchivedModel(str(folder / "teacher.tar.gz"))
    (folder / "weights.th").unlink()
    with pytest.raises(ConfigurationError, match="no teacher archive at"):
        ArchivedModel(str(folder))


def cut_short(folder):
    path = packed(folder)
    path.write_bytes(path.read_bytes()[:-500])
    return path


def broken_inside(folder):
    path = packed(folder)
    content = bytearray(path.read_bytes())
    middle = len(content) // 2
    content[middle : middle + 50] = bytes(50)
    path.write_bytes(content)
    return path


def no_archive(folder):
    path = folder.parent / "model.tar.gz"
    path.write_text("{}")
    return path


def without(name):
    def remove(folder):
        (folder / name).unlink()
        return packed(folder)

    return remove


def garbled(name):
    def garble(folder):
        (folder / name).write_text("no longer what it was")
        return packed(folder)

    return garble


def of_unknown_software(folder):
    config = folder / "config.json"
    config.write_text(config.read_text().replace("skd_maxent_tagger", "other_tagger"))
    return packed(folder)


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (cut_short, "model.tar.gz cannot be read .*Expected the"),
        (broken_inside, "model.tar.gz cannot be read .*Expected the"),
        (no_archive, "model.tar.gz cannot be read .*Expected the"),
        (without("config.json"), "model.tar.gz cannot be read .*no config.json. Expected the"),
        (without("weights.th"), "model.tar.gz cannot be read .*no weights.th. Expected the"),
        (garbled("config.json"), "model.tar.gz/config.json is not JSON"),
        (garbled("weights.th"), "model.tar.gz/weights.th is not a weights file"),
        (of_unknown_software, "model.tar.gz is not loaded.*'other_tagger', which is not registered; expected one of"),
    ],
)
def test_a_damaged_archive(folder, damage, message):
    path = damage(folder)
    with pytest.raises(ConfigurationError, match=f"(?s)The teacher archive is not loaded. .*{message}"):
        loaded(path)


def test_the_archive_of_a_model_without_a_distribution(trained):
    with pytest.raises(
        ConfigurationError, match="model.tar.gz is not loaded. .*'simple_tagger', a SimpleTagger; expected one of"
    ):
        loaded(trained("simple"))


def lengths_of_batches(archive, lengths, size):
    sentences = [("w",) * length for length in lengths]
    return [[len(words) for words in batch] for batch in loaded(archive).batches(sentences, size)]


def test_batches_are_of_similar_lengths_longest_first(maxent_teacher):
    assert lengths_of_batches(maxent_teacher, (1, 5, 2, 4, 3), size=2) == [[5, 4], [3, 2], [1]]


@pytest.mark.slow
@pytest.mark.parametrize(
    "name, length, sizes",
    [
        ("maxent_teacher", 300, [13, 13, 13, 13, 12]),  # 4096 words
        ("biaffine", 300, [11] * 5 + [9]),  # 1024² pairs
        ("second_order", 100, [16] * 4),  # 256³ triples
    ],
)
def test_of_long_sentences_fewer_are_read_at_once(request, name, length, sizes):
    batches = lengths_of_batches(request.getfixturevalue(name), [length] * 64, size=64)
    assert [len(batch) for batch in batches] == sizes


def test_of_short_sentences_as_many_are_read_at_once_as_the_user_wants(maxent_teacher):
    assert list(map(len, lengths_of_batches(maxent_teacher, [3] * 600, size=500))) == [500, 100]
