"""What all taggers share: labels, well-formed tags, metrics on sentences with gold, readable output."""

import pytest
import torch
from allennlp.commands.train import train_model_from_file
from allennlp.common.checks import ConfigurationError
from allennlp.data import Batch, Vocabulary
from allennlp.data.dataset_readers.dataset_utils import bioul_tags_to_spans

from skd_plugin.data import ConllNer
from skd_plugin.data.tags.schemes import to_bioul
from tests.models.learning import learn


def test_tags_are_well_formed_whatever_the_weights(tagger, batch):
    torch.manual_seed(1)
    for _ in range(10):
        for parameter in tagger.parameters():
            torch.nn.init.normal_(parameter, std=5)
        output = tagger.make_output_human_readable(tagger(**batch))
        for tags, words, entities in zip(output["tags"], output["words"], output["entities"]):
            assert len(tags) == len(words)
            assert len(entities) == len(bioul_tags_to_spans(tags))


@pytest.mark.slow
@pytest.mark.parametrize("name", ["skd_maxent_tagger", "skd_crf_tagger"])
def test_training_reaches_the_gold_tags(build, batch, name):
    model = build(name, encoder={"type": "lstm", "input_size": 6, "hidden_size": 16})
    learn(model, batch, rate=0.05)
    model(**batch)
    assert model.get_metrics()["f1-measure-overall"] == 1.0
    assert model.get_metrics()["accuracy"] == 1.0


def test_only_sentences_with_gold_are_scored(tagger, batch):
    has_gold = (batch["tags"] >= 0).all(1)
    tagger(**batch)
    mixed = tagger.get_metrics(reset=True)
    tagger({"tokens": {"tokens": batch["tokens"]["tokens"]["tokens"][has_gold]}}, tags=batch["tags"][has_gold])
    assert tagger.get_metrics(reset=True) == pytest.approx(mixed)


def test_a_sentence_with_an_unknown_tag_is_scored_and_teaches_nothing(tagger, vocab):
    reader = ConllNer(on_unknown_label="accept")

    def output_and_metrics(*tags):
        batch = Batch([reader.text_to_instance(["Acme", "left"], sentence) for sentence in tags])
        for instance in batch.instances:
            reader.apply_token_indexers(instance)
        batch.index_instances(vocab)
        return tagger(**batch.as_tensor_dict()), tagger.get_metrics(reset=True)

    words = tagger.make_output_human_readable(output_and_metrics([-1, -1])[0])["tags"][0]
    known = [tag if tag != "O" else "U-LOC" for tag in to_bioul(words)]
    without_gold, _ = output_and_metrics(known, [-1, -1])
    output, metrics = output_and_metrics(known, ["U-MISC", "O"])
    assert output["loss"].item() == pytest.approx(without_gold["loss"].item())
    right = set(bioul_tags_to_spans(words)) & set(bioul_tags_to_spans(known))
    assert metrics["recall-overall"] == len(right) / (len(bioul_tags_to_spans(known)) + 1)
    assert metrics["accuracy"] == sum(a == b for a, b in zip(words * 2, [*known, "U-MISC", "O"])) / 4


def test_an_unknown_tag_without_its_name_is_refused(tagger, batch):
    batch["tags"][0, 0] = -2
    with pytest.raises(ConfigurationError, match=r"\(the id -2\), but no 'tags' in its metadata"):
        tagger(batch["tokens"], tags=batch["tags"])


def test_plain_labels_have_accuracy_alone_and_no_entities(tmp_path):
    model = train_model_from_file("tests/models/configs/crf_pos.jsonnet", tmp_path, return_model=True)
    output = model.eval().make_output_human_readable(model({"tokens": {"tokens": torch.tensor([[2, 3]])}}))
    assert "NOUN" in model.labels
    assert output.keys() == {"tags"}
    model({"tokens": {"tokens": torch.tensor([[2, 3]])}}, tags=torch.tensor([[0, 1]]))
    assert model.get_metrics().keys() == {"accuracy"}


def test_a_vocabulary_without_labels_is_refused(build):
    with pytest.raises(ConfigurationError, match="no labels in the vocabulary namespace 'ner_tags'.*labels, tokens"):
        build("skd_maxent_tagger", label_namespace="ner_tags")


def test_a_padded_label_namespace_is_refused(build):
    with pytest.raises(ConfigurationError, match="'upos' has entries for padding.*ends in 'labels' or 'tags'"):
        build("skd_maxent_tagger", label_namespace="upos", vocab=Vocabulary(tokens_to_add={"upos": ["NOUN"]}))
