"""`allennlp skd-annotate` has a teacher read text, and says what there is then."""

import json
import re
from pathlib import Path

import pytest
import torch

from skd_plugin.distillation.teachers.keys import key
from skd_plugin.distillation.teachers.store import Store
from tests.commands import allennlp
from tests.untrained import make_archive

TEXT = "fixtures/unlabelled.txt"


@pytest.fixture(scope="module")
def teacher(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_archive(tmp_path_factory.mktemp("annotating") / "teacher", {}, type="skd_maxent_tagger")


def plan(store: Path) -> dict:
    return json.loads((store / "plan.json").read_text())


def test_it_says_what_there_is_and_how_to_use_it(teacher, tmp_path, capsys):
    store = tmp_path / "store"
    allennlp("skd-annotate", teacher, TEXT, "--store", store, "--dtype", "float16", "--shard-size", 3, "--part", "1/2")
    [read, left, size, loss, use] = capsys.readouterr().out.splitlines()
    assert re.fullmatch(r"Of 12 different sentences, 0 were stored before, and 6 were read in \d+ s\.", read)
    assert left == "6 are left to other jobs, or to the same command, run again."
    assert re.fullmatch(rf"{store}: 6 sentences in 2 files, \d\.\d MB in float16, [\d,]+ bytes a sentence\.", size)
    assert re.fullmatch(r"KL\(float32 ‖ float16\) of a sentence: .* nats on average, .* of 3 sentences\.", loss)
    assert use == f"To learn from it: teachers: [{{ archive: '{teacher}', store: '{store}' }}]"
    allennlp("skd-annotate", teacher, TEXT, "--store", store, "--shard-size", 3)
    assert "6 were stored before, and 6 were read" in capsys.readouterr().out


def test_all_options_arrive(teacher, tmp_path):
    allennlp(
        *("skd-annotate", teacher, TEXT, "--store", tmp_path / "store", "--config"),
        *("tests/distillation/configs/tagger.jsonnet", "-o", '{"validation_data_path": null}', "--batch-size", 2),
        *("--threads", 1, "--workers", 1, "--cuda-device", -1, "--trusted-modules", "tests.archives.custom_encoders"),
    )
    names = [entry["path"] for entry in plan(tmp_path / "store")["inputs"]]
    assert names == ["tests/distillation/configs/tagger.jsonnet: train_data_path", TEXT]


@pytest.mark.parametrize(
    "arguments, message",
    [
        ([], "There is nothing to read. Give files of text, or the config"),
        ([TEXT, "-o", "{}"], "--overrides change a config, and there is none"),
        ([TEXT, "--address", "auto"], "--address is that of a cluster of Ray. Give --engine ray"),
        ([TEXT, "--workers", "0"], "--workers is 0, expected a number of at least 1"),
        ([TEXT, "--shard-size", "-1"], "--shard-size is -1, expected a number of at least 1"),
        ([TEXT, "--batch-size", "0"], "--batch-size is 0"),
        ([TEXT, "--threads", "0"], "--threads is 0"),
        ([TEXT, "--export", "soft.json"], "--export is soft.json, expected the name of a file that ends in .jsonl or"),
        ([TEXT, "--export", "no/soft.jsonl"], "--export is no/soft.jsonl, whose folder does not exist. Create it"),
        ([TEXT, "--threshold", "0.01"], "--threshold is for the file that is exported. Give --export, too"),
        ([TEXT, "--export", "soft.jsonl", "--threshold", "0.5"], "--threshold is 0.5, expected a probability from 0"),
    ],
)
def test_options_that_make_no_sense_are_refused(teacher, tmp_path, arguments, message):
    with pytest.raises(SystemExit, match=message):
        allennlp("skd-annotate", teacher, *arguments, "--store", tmp_path / "store")
    assert not (tmp_path / "store").exists()


def test_what_is_exported_teaches_the_same(teacher, tmp_path, capsys):
    own, exported = tmp_path / "own", tmp_path / "soft.jsonl.gz"
    annotate = ("skd-annotate", teacher, TEXT, TEXT, "--store", own, "--export", exported)
    allennlp(*annotate, "--part", "1/2", "--shard-size", 3)
    assert (
        capsys.readouterr()
        .out.splitlines()[-1]
        .endswith("when all sentences are stored: then run the same command again.")
    )
    assert not exported.exists()
    allennlp(*annotate, "--threshold", 0)
    *_, written, use = capsys.readouterr().out.splitlines()
    assert written == f"{exported}: 12 sentences as soft labels."
    assert use == f"To learn from it: teachers: [{{ type: 'soft_labels', file: '{exported}' }}]"
    soft, again = json.dumps({"type": "soft_labels", "file": str(exported)}), tmp_path / "again"
    allennlp("skd-annotate", soft, TEXT, "--store", again)
    first, second = (Store.found_at(store) for store in (own, again))
    words = [line.split() for line in Path(TEXT).read_text().splitlines() if line.strip()]
    for store in (first, second):
        store.open()
    for sentence in words:
        ours, theirs = (store.read([key(tuple(sentence))]) for store in (first, second))
        order = [theirs.labels.index(label) for label in ours.labels]
        torch.testing.assert_close(ours.token_marginals, theirs.token_marginals[..., order], rtol=0, atol=1e-6)


def test_of_what_is_exported_it_says_what_was_left_out(tmp_path, capsys):
    teacher = make_archive(tmp_path / "chain", {}, type="skd_crf_tagger")
    export = ("--export", tmp_path / "soft.jsonl", "--threshold", 0.1)
    allennlp("skd-annotate", teacher, TEXT, "--store", tmp_path / "store", *export)
    *_, left_out, lost, _ = capsys.readouterr().out.splitlines()
    assert re.fullmatch(
        r"Probabilities up to 0\.1 were left out \(--threshold\): together at most \S+ at a word\.", left_out
    )
    assert lost.startswith(
        "Of a LinearChain the file has the probabilities of each word's tags, but not how they depend"
    )


def test_a_file_that_lacks_sentences_is_refused(tmp_path):
    (tmp_path / "soft.jsonl").write_text('{"words": ["a"], "tags": [{"X": 1}]}\n')
    teacher = json.dumps({"type": "soft_labels", "file": str(tmp_path / "soft.jsonl")})
    with pytest.raises(SystemExit, match="says nothing about 12 different sentences of the data"):
        allennlp("skd-annotate", teacher, TEXT, "--store", tmp_path / "store")


@pytest.mark.parametrize("part", ["0/2", "3/2", "1", "a/b"])
def test_a_part_that_is_none_is_refused(teacher, tmp_path, part, capsys):
    with pytest.raises(SystemExit):
        allennlp("skd-annotate", teacher, TEXT, "--store", tmp_path / "store", "--part", part)
    assert f"'{part}', expected I/N with I from 1 to N, such as 1/8" in capsys.readouterr().err


def test_what_is_no_teacher_is_refused(tmp_path):
    with pytest.raises(SystemExit, match="There is no teacher archive at no/model.tar.gz"):
        allennlp("skd-annotate", "no/model.tar.gz", TEXT, "--store", tmp_path / "store")


def test_the_precisions_are_those_of_stores():
    from skd_plugin.commands.annotate import PRECISIONS
    from skd_plugin.distillation.teachers import precision

    assert tuple(precision.PRECISIONS) == PRECISIONS
