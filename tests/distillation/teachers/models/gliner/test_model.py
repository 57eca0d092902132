"""A GLiNER gives the distribution that its own probabilities have if each span has at most one type."""

import json
import pickle
import shutil
import warnings
from importlib import metadata
from itertools import product
from math import prod

import huggingface_hub
import pytest
import torch
import transformers
from allennlp.common import Params
from allennlp.common.checks import ConfigurationError

from skd_plugin.distillation import Teacher, TeacherModel
from skd_plugin.distillation.teachers.model import load_model
from skd_plugin.distillation.teachers.models.gliner import scores
from skd_plugin.distillation.teachers.models.gliner.windows import span_windows
from skd_plugin.structures import IndependentSpans
from tests.distillation.teachers.models.hub import cached
from tests.tiny_gliner import save_tiny_gliner

pytest.importorskip("gliner")

CPU = torch.device("cpu")
TYPES = ["a", "b to", "oslo"]
SENTENCE = ("anna", "moved", "to", "oslo", ".")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return save_tiny_gliner(tmp_path_factory.mktemp("models") / "gliner")


@pytest.fixture
def copied(folder, tmp_path):
    """A copy of the model's files, for a test to change."""
    return shutil.copytree(folder, tmp_path / "gliner")


def gliner(folder, types=TYPES, **options):
    return TeacherModel.from_params(Params({"type": "gliner", "model": str(folder), "types": types, **options}))


def loaded(folder, types=TYPES, **options):
    model = gliner(folder, types, **options)
    return load_model(model, model.fingerprint(), CPU)


def own_probabilities(folder, words):
    """What GLiNER itself says of all spans of at most three words: P(span has t), by the first word, the last and t."""
    from gliner import GLiNER

    model = GLiNER.from_pretrained(str(folder), local_files_only=True)
    begins = [sum(len(word) + 1 for word in words[:number]) for number in range(len(words))]
    spans = [(first, last) for first in range(len(words)) for last in range(first, min(first + 3, len(words)))]
    characters = [{"start": begins[first], "end": begins[last] + len(words[last])} for first, last in spans]
    # One by one, because of spans that overlap it returns the best.
    options = {"threshold": 0.0, "flat_ner": False, "multi_label": True}
    answers = [model.inference([" ".join(words)], TYPES, input_spans=[[span]], **options) for span in characters]
    return {span: {one["label"]: one["score"] for one in answer} for span, [answer] in zip(spans, answers)}


@pytest.mark.parametrize("encoders", [1, 2])
def test_the_distribution_is_gliners_if_each_span_has_at_most_one_type(folder, tmp_path, encoders):
    if encoders == 2:
        folder = save_tiny_gliner(tmp_path / "gliner", labels_encoder=str(folder), num_rnn_layers=0)
    theirs = own_probabilities(folder, SENTENCE)
    [ours] = loaded(folder).read([SENTENCE])
    assert isinstance(ours, IndependentSpans) and ours.labels == tuple(TYPES) and ours.max_width == 3
    for (first, last), probabilities in theirs.items():
        has = [probabilities[t] for t in TYPES]
        # By enumeration of the sets of types that a span may have.
        sets = {chosen: prod(p if c else 1 - p for p, c in zip(has, chosen)) for chosen in product((0, 1), repeat=3)}
        at_most_one = [sets[tuple(int(t == one) for t in range(3))] for one in range(3)]
        expected = torch.tensor(at_most_one) / (sum(at_most_one) + sets[0, 0, 0])
        torch.testing.assert_close(ours.marginals.spans[0, first, last - first], expected, rtol=1e-4, atol=1e-6)


def existing(spans):
    return spans.scores[spans.exist.expand_as(spans.scores)]


@pytest.mark.parametrize("words_at_once", [1, 6, 100])
def test_a_batch_gives_the_same_as_single_sentences(folder, monkeypatch, words_at_once):
    monkeypatch.setattr(scores, "_WORDS_AT_ONCE", words_at_once)
    sentences = [("oslo",), SENTENCE, ("anna", "moved"), ("to", ".", "a")]
    model = loaded(folder)
    for together, words in zip(model.read(sentences), sentences):
        [alone] = model.read([words])
        assert together.max_width == alone.max_width == min(len(words), 3)
        torch.testing.assert_close(existing(together), existing(alone))


def test_words_are_those_that_are_given(folder):
    # GLiNER would split the second word, and would not count the first, which has no word piece.
    [ours] = loaded(folder).read([("\u200b", "oslo.", "anna")])
    [unknown] = loaded(folder).read([("[UNK]", "oslo.", "anna")])
    assert ours.lengths.tolist() == [3]
    assert torch.equal(ours.scores, unknown.scores)


def test_a_word_that_is_written_like_gliners_marks(folder):
    sentences = [("anna", "<<ENT>>", "moved", "<<SEP>>"), SENTENCE]
    model = loaded(folder)
    marked, plain = model.read(sentences)
    assert marked.scores.shape == (1, 4, 3, 3)
    torch.testing.assert_close(plain.scores, model.read([SENTENCE])[0].scores)


# Of 18 pieces, the types take eight and the special tokens two.
@pytest.mark.parametrize("limit", [{"max_len": 8}, {"positions": 18}])
def test_a_long_sentence_is_read_in_windows(tmp_path, limit):
    model = loaded(save_tiny_gliner(tmp_path / "gliner", **limit), max_width=2)
    words = ("anna", "a", "to", "oslo", "b", ".") * 2
    with warnings.catch_warnings():
        warnings.simplefilter("error", UserWarning)  # GLiNER's, of words that it leaves out
        [ours] = model.read([words])
    assert ours.lengths.tolist() == [12]
    windows = span_windows([1] * 12, 8, 8, width=2)
    assert len(windows) == 2
    for window in windows:
        [alone] = model.read([words[window.start : window.end]])
        rows = slice(window.first - window.start, window.last - window.start)
        torch.testing.assert_close(ours.scores[:, window.first : window.last], alone.scores[:, rows])


def test_a_word_of_too_many_pieces_in_a_long_sentence_is_read_as_unknown(tmp_path):
    model = loaded(save_tiny_gliner(tmp_path / "gliner", positions=18), max_width=2)
    word = "move" + 5 * "d"  # six pieces, and eight are read at once
    long, unknown, short = model.read([(word, *6 * ["anna"]), ("[UNK]", *6 * ["anna"]), (word, "anna")])
    torch.testing.assert_close(long.scores, unknown.scores)
    [alone] = model.read([("[UNK]", "anna")])
    assert not torch.allclose(short.scores, alone.scores)


def test_types_have_the_labels_of_a_dictionary(folder):
    names = {"b to": "PER", "a": "ORG"}
    [named] = loaded(folder, names).read([SENTENCE])
    [plain] = loaded(folder, list(names)).read([SENTENCE])
    assert named.labels == ("PER", "ORG")
    assert torch.equal(named.scores, plain.scores)


def test_a_smaller_width(folder):
    [all_widths] = loaded(folder).read([SENTENCE])
    [narrow] = loaded(folder, max_width=2).read([SENTENCE])
    assert torch.equal(narrow.scores, all_widths.scores[:, :, :2])


def test_safetensors_are_read(copied):
    from safetensors.torch import save_file

    [before] = loaded(copied).read([SENTENCE])
    weights = torch.load(copied / "pytorch_model.bin", weights_only=True)
    save_file({name: values.contiguous() for name, values in weights.items()}, copied / "model.safetensors")
    (copied / "pytorch_model.bin").unlink()
    [after] = loaded(copied).read([SENTENCE])
    assert torch.equal(before.scores, after.scores)


def test_a_model_of_the_hub_whose_encoder_is_there_too(copied, tmp_path, monkeypatch):
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_OFFLINE", True)
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_CACHE", str(tmp_path / "cache"))
    # Where transformers before 5 keeps it.
    monkeypatch.setattr(transformers.utils.hub, "TRANSFORMERS_CACHE", str(tmp_path / "cache"), raising=False)
    [expected] = loaded(copied).read([SENTENCE])
    snapshot = cached(tmp_path / "cache", "owner/gliner", "main")
    encoder = cached(tmp_path / "cache", "owner/encoder", "main")
    for name in ("tokenizer.json", "tokenizer_config.json"):
        (copied / name).rename(encoder / name)
    config = json.loads((copied / "gliner_config.json").read_text())
    (encoder / "config.json").write_text(json.dumps(config["encoder_config"]))
    config |= {"model_name": "owner/encoder", "encoder_config": None}
    (copied / "gliner_config.json").write_text(json.dumps(config))
    shutil.copytree(copied, snapshot, dirs_exist_ok=True)
    model = gliner("owner/gliner")
    sent = pickle.loads(pickle.dumps(model))
    [ours] = load_model(sent, model.fingerprint(), CPU).read([SENTENCE])
    assert torch.equal(ours.scores, expected.scores)


def test_its_name_has_the_revision():
    assert gliner("owner/gliner", revision="v2").name == "owner/gliner@v2"


def test_the_fingerprint_is_of_the_files_and_the_options(copied, monkeypatch):
    def fingerprint(types=("a", "b to"), **options):
        return gliner(copied, types if isinstance(types, dict) else list(types), **options).fingerprint()

    before = fingerprint()
    (copied / "README.md").write_text("Trained.")
    assert fingerprint() == before
    others = [
        fingerprint(("b to", "a")),
        fingerprint({"a": "A", "b to": "B"}),
        fingerprint(max_width=2),
    ]
    monkeypatch.setattr(metadata, "version", lambda package: "0.2.30")
    others.append(fingerprint())
    monkeypatch.undo()
    weights = torch.load(copied / "pytorch_model.bin", weights_only=True)
    torch.save({name: values + 1 for name, values in weights.items()}, copied / "pytorch_model.bin")
    others.append(fingerprint())
    assert len({before, *others}) == 6


def test_many_types_are_warned_of(tmp_path, caplog):
    loaded(save_tiny_gliner(tmp_path / "gliner", max_types=2))
    assert "is asked for 3 types at once, and was trained with 2 at most" in caplog.text


@pytest.mark.parametrize(
    "types, message",
    [
        ([], r"are empty, expected what to look for, such as \['person', 'organization'\]"),
        ({}, "are empty"),
        (["a", " "], "have ' ' with the label ' ', expected words for the type"),
        ({"a": "A", "b": ""}, "have 'b' with the label '', expected words for the type, and a name for its label"),
        ({"a": "A", "b": None}, "have 'b' with the label None, expected"),
        (["a", "b", "a"], "name 'a' twice. Name each type once"),
        ({"a": "A", "b": "B", "oslo": "A"}, "give the label 'A' to 'a' and 'oslo', .* in the `label_map`"),
        ("a", "`types` of .* is 'a', expected a dictionary or a list"),
    ],
)
def test_types_that_cannot_be_asked_for(folder, types, message):
    with pytest.raises(ConfigurationError, match=message):
        Teacher.from_params(Params({"type": "gliner", "model": str(folder), "types": types}))


@pytest.mark.parametrize(
    "options, message",
    [
        ({"types": ["a", "\u200b"]}, r"has no word piece for the type '\\u200b'. Write it in letters"),
        (
            {"types": ["a", "<<ENT>> b"]},
            "takes its 2 types for 3. Expected none that has its mark of a type, '<<ENT>>'",
        ),
        (
            {"types": ["moved " * 25]},
            "reads 64 word pieces at once, of which its 1 types take 54.* at least 12, four for",
        ),
        ({"max_width": 4}, "`max_width` .* is 4, expected at most 3, the most words of a span that the model scores"),
        ({"max_width": 0}, "`max_width` .* is 0, expected a number of at least 1"),
        ({"revision": "v2"}, "`revision` 'v2' would be of a model on the hub"),
    ],
)
def test_options_that_do_not_fit_the_model(folder, options, message):
    with pytest.raises(ConfigurationError, match=message):
        loaded(folder, **options)


def test_files_that_do_not_belong_together(copied):
    weights = torch.load(copied / "pytorch_model.bin", weights_only=True)
    torch.save(dict(list(weights.items())[:-2]), copied / "pytorch_model.bin")
    with pytest.raises(ConfigurationError, match="lacks 2 of its weights in pytorch_model.bin, .* Copy or download"):
        loaded(copied)
    (copied / "pytorch_model.bin").write_bytes(b"none")
    with pytest.raises(ConfigurationError, match=r"cannot be loaded \(.*\). Expected a model that the installed ver"):
        loaded(copied)


def test_weights_with_code_are_not_executed(copied):
    with (copied / "pytorch_model.bin").open("wb") as file:
        pickle.dump({"weight": print}, file, protocol=2)
    with pytest.raises(ConfigurationError, match="cannot be loaded .*weights_only"):
        loaded(copied)


def test_a_package_that_is_missing_or_unknown(folder, monkeypatch):
    monkeypatch.setattr(metadata, "version", lambda package: "0.3.0")
    with pytest.raises(ConfigurationError, match=r"gliner is installed in version 0.3.0, expected .*0.2.29"):
        gliner(folder)

    def missing(package):
        raise metadata.PackageNotFoundError(package)

    monkeypatch.setattr(metadata, "version", missing)
    with pytest.raises(ConfigurationError, match=r"not installed. Install it: pip install 'skd_plugin\[gliner\]'"):
        gliner(folder)
