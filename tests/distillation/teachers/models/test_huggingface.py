"""A tagger of transformers as a teacher: its own softmax, long sentences, and what is refused."""

import json

import pytest
import torch
from allennlp.common import Params
from allennlp.common.checks import ConfigurationError
from tokenizers import Tokenizer
from tokenizers.models import BPE
from tokenizers.pre_tokenizers import ByteLevel
from tokenizers.trainers import BpeTrainer
from transformers import (
    AutoModelForTokenClassification,
    AutoTokenizer,
    BertConfig,
    BertForSequenceClassification,
    BertForTokenClassification,
    BertModel,
    RobertaConfig,
    RobertaForTokenClassification,
    RobertaTokenizerFast,
)

from skd_plugin.distillation import HuggingFaceTagger, Teacher
from skd_plugin.distillation.loss import soft_loss
from skd_plugin.distillation.objectives import Structural
from skd_plugin.distillation.teachers.model import load_model
from skd_plugin.structures import ConstrainedChain, LinearChain, MaxEnt, bioul
from tests.tiny_transformer import WORD_PIECES, save_tiny_transformer

CPU = torch.device("cpu")
LABELS = bioul.tags(("PER", "LOC"))
SENTENCES = [("anna", "moved", "to", "oslo", "."), ("oslo",), ("anna", "unheard", "b")]
SIZES = {"hidden_size": 8, "num_attention_heads": 2, "intermediate_size": 8, "vocab_size": len(WORD_PIECES)}


def save(folder, labels=LABELS, kind=BertForTokenClassification, layers=1, **changes):
    """A BERT with these labels, and its tokenizer."""
    folder.mkdir()
    save_tiny_transformer(folder)
    torch.manual_seed(1)
    config = BertConfig(**SIZES, num_hidden_layers=layers, id2label=dict(enumerate(labels)), **changes)
    kind(config).save_pretrained(folder)
    return folder


@pytest.fixture(scope="module")
def tagger(tmp_path_factory):
    """A tagger that was trained with transformers alone, on two sentences."""
    folder = save(tmp_path_factory.mktemp("huggingface") / "tagger")
    model, tokenizer = AutoModelForTokenClassification.from_pretrained(folder), AutoTokenizer.from_pretrained(folder)
    inputs = tokenizer([["anna", "moved"], ["to", "oslo"]], is_split_into_words=True, return_tensors="pt", padding=True)
    gold = torch.tensor([[-100, 7, 0, -100, -100], [-100, 0, 8, -100, -100]])[:, : inputs["input_ids"].shape[1]]
    optimizer = torch.optim.Adam(model.parameters(), lr=0.05)
    for _ in range(10):
        model(**inputs, labels=gold).loss.backward()
        optimizer.step()
        optimizer.zero_grad()
    model.save_pretrained(folder)
    return folder


def loaded(folder, **options):
    model = HuggingFaceTagger(str(folder), **options)
    return load_model(model, model.fingerprint(), CPU)


def by_hand(folder, words, aggregation):
    """The softmax of transformers, one sentence at a time."""
    model, tokenizer = AutoModelForTokenClassification.from_pretrained(folder), AutoTokenizer.from_pretrained(folder)
    encoded = tokenizer([list(words)], is_split_into_words=True, return_tensors="pt")
    with torch.no_grad():
        probabilities = model.eval()(**encoded).logits[0].softmax(-1)
    of_words = [[row for row, owner in enumerate(encoded.word_ids(0)) if owner == word] for word in range(len(words))]
    chosen = [rows[:1] if aggregation == "first" else rows for rows in of_words]
    return torch.stack([probabilities[rows].mean(0) for rows in chosen])


@pytest.mark.parametrize("aggregation", ["first", "mean"])
def test_each_word_has_the_softmax_of_the_model(tagger, aggregation):
    for words, found in zip(SENTENCES, loaded(tagger, aggregation=aggregation).read(SENTENCES)):
        assert type(found) is MaxEnt and found.labels == LABELS
        expected = by_hand(tagger, words, aggregation)
        torch.testing.assert_close(found.token_marginals[0], expected, atol=1e-6, rtol=0)


def test_a_chain_learns_from_it_as_from_a_softmax_made_by_hand(tagger):
    teacher = Teacher.from_params(Params({"type": "huggingface", "model": str(tagger)}))
    teacher.open(CPU)
    taught = teacher(SENTENCES[:1])
    hand_made = MaxEnt(by_hand(tagger, SENTENCES[0], "first").log().unsqueeze(0), taught.mask, LABELS)
    results = []
    for one in (taught, hand_made):
        torch.manual_seed(0)
        potentials = [torch.randn(*shape, requires_grad=True) for shape in ((1, 5, 9), (9, 9), (9,), (9,))]
        loss = soft_loss(Structural(), [(1.0, one)], LinearChain(*potentials, taught.mask, LABELS), 2.0, "error").loss
        results.append([loss.detach(), *torch.autograd.grad(loss.sum(), potentials)])
    for ours, theirs in zip(*results):
        torch.testing.assert_close(ours, theirs, atol=1e-6, rtol=1e-6)


def test_tags_in_iob2_are_a_chain(tmp_path):
    folder = save(tmp_path / "tagger", ["O", "B-PER", "I-PER"])
    [found, _, _] = loaded(folder).read(SENTENCES)
    assert type(found) is ConstrainedChain and found.labels == bioul.tags(("PER",))


@pytest.mark.parametrize("aggregation", ["first", "mean"])
def test_a_long_sentence_is_read_in_windows(tmp_path, aggregation):
    # Without layers and positions, a piece has the same scores everywhere, so the windows must not show.
    long, short = (save(tmp_path / str(size), layers=0, max_position_embeddings=size) for size in (64, 8))
    models = [BertForTokenClassification.from_pretrained(folder) for folder in (long, short)]
    weights = {name: value for name, value in models[0].state_dict().items() if "position" not in name}
    for model, folder in zip(models, (long, short)):
        model.load_state_dict(weights, strict=False)
        torch.nn.init.zeros_(model.bert.embeddings.position_embeddings.weight)
        model.save_pretrained(folder)
    words = ("anna", "moved", "to", "oslo", ".", "moved", "a", "moved", "b", "moved", "anna", "moved", "to")
    for count in range(3, len(words) + 1):
        sentences = [words[:count], words[:4]]
        for one, other in zip(*(loaded(folder, aggregation=aggregation).read(sentences) for folder in (long, short))):
            torch.testing.assert_close(one.scores, other.scores)


def test_a_word_is_taken_from_the_window_in_whose_middle_it_is(tmp_path):
    teacher = loaded(save(tmp_path / "tagger", max_position_embeddings=8))
    words = ("anna", "to", "oslo", ".", "a", "b", "anna", "to", "oslo", ".", "a", "b")
    [pieces] = teacher._pieces([words])
    windows = teacher._windows(0, pieces)
    # Six pieces and two special ones.
    assert [window.positions[1:-1].tolist() for window in windows] == [
        [1, 2, 3, 4, 5, 6],
        [4, 5, 6, 7, 8, 9],
        [7, 8, 9, 10, 11, 12],
    ]
    assert [window.words.tolist() for window in windows] == [[0, 1, 2, 3, 4], [5, 6, 7], [8, 9, 10, 11]]


def test_a_word_without_pieces_is_an_unknown_word(tagger):
    empty, unknown = loaded(tagger).read([("anna", "\u200b", "b"), ("anna", "[UNK]", "b")])
    torch.testing.assert_close(empty.scores, unknown.scores)


def test_words_for_a_tokenizer_of_bytes_have_the_space_before_them(tmp_path):
    folder = tmp_path / "tagger"
    folder.mkdir()
    pieces = Tokenizer(BPE())
    pieces.pre_tokenizer = ByteLevel(add_prefix_space=False)
    special = ["<s>", "<pad>", "</s>", "<unk>", "<mask>"]
    trainer = BpeTrainer(vocab_size=300, special_tokens=special, initial_alphabet=ByteLevel.alphabet())
    pieces.train_from_iterator(["anna moved to oslo"] * 9, trainer)
    vocabulary, merges = pieces.model.save(str(folder))
    RobertaTokenizerFast(vocabulary, merges, add_prefix_space=False).save_pretrained(folder)
    sizes = {**SIZES, "num_hidden_layers": 1, "vocab_size": 300, "max_position_embeddings": 12}
    RobertaForTokenClassification(RobertaConfig(**sizes, id2label=dict(enumerate(LABELS)))).save_pretrained(folder)
    teacher = loaded(folder)
    [found] = teacher._pieces([("anna", "moved")])
    text = teacher._tokenizer.decode(found.inputs["input_ids"].tolist(), skip_special_tokens=True)
    assert text == " anna moved"
    # Two of the twelve positions are before those of the pieces.
    assert teacher._most_pieces == 10 and teacher.read([("anna",) * 30])[0].lengths.tolist() == [30]


def test_the_fingerprint_is_of_the_files_and_the_options(tagger, tmp_path):
    prints = [
        HuggingFaceTagger(str(folder), **options).fingerprint()
        for folder, options in (
            (tagger, {}),
            (tagger, {"aggregation": "mean"}),
            (tagger, {"tags": {"O": None}}),
            (save(tmp_path / "other"), {}),
        )
    ]
    assert len(set(prints)) == 4 and prints[0] == HuggingFaceTagger(str(tagger)).fingerprint()


def changed(folder, name, **entries):
    content = json.loads((folder / name).read_text())
    (folder / name).write_text(json.dumps(content | entries))
    return folder


def without_weights(folder):
    (save(folder) / "model.safetensors").rename(folder / "pytorch_model.bin")
    return folder


def no_config(folder):
    folder.mkdir()
    return folder


def encoder_named_as_tagger(folder):
    return changed(save(folder, kind=BertModel), "config.json", architectures=["BertForTokenClassification"])


def with_code(folder):
    return changed(
        save(folder), "config.json", model_type="own", auto_map={"AutoConfig": "own.Config", "AutoModel": "own.Model"}
    )


@pytest.mark.parametrize(
    "make, message",
    [
        (lambda folder: folder, "tagger does not exist, expected the folder of a model, or the name"),
        (no_config, "tagger has no config.json, expected a model and its tokenizer"),
        (without_weights, "has no weights in safetensors. Other files are pickles.*`save_pretrained` into a folder"),
        (
            lambda folder: save(folder, kind=BertForSequenceClassification),
            "is a BertForSequenceClassification, expected a model for token classification",
        ),
        (encoder_named_as_tagger, "has no weights for classifier.bias, classifier.weight, so it was not trained"),
        (with_code, "is not loaded .*without code of its own"),
        (lambda folder: save(folder, ["LABEL_0", "LABEL_1"]), "have numbers for names.*Say what they stand for"),
    ],
)
def test_what_is_no_tagger_is_refused(tmp_path, make, message):
    folder = make(tmp_path / "tagger")
    with pytest.raises(ConfigurationError, match=f"(?s){message}"):
        loaded(folder)


def test_a_name_that_is_not_found(monkeypatch):
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    with pytest.raises(
        ConfigurationError, match="(?s)no folder nobody/nothing, and no model of this name at revision .main."
    ):
        HuggingFaceTagger("nobody/nothing", revision="main").fingerprint()


def test_an_unknown_aggregation(tagger):
    with pytest.raises(ConfigurationError, match="`aggregation`"):
        Teacher.from_params(Params({"type": "huggingface", "model": str(tagger), "aggregation": "max"}))
