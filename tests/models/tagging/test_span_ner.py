"""NER as parsing trains and survives its archive; its loss is −log P of the gold spans under each distribution."""

import pytest
import torch
from allennlp.common import Params
from allennlp.common.checks import ConfigurationError
from allennlp.common.testing import ModelTestCase
from allennlp.data import Vocabulary
from allennlp.predictors import Predictor

from skd_plugin.data import ConllNer
from skd_plugin.models import SpanDistribution
from skd_plugin.models.tagging.metrics import TaggingMetrics
from skd_plugin.predictors import TaggerPredictor
from skd_plugin.structures import FlatSpans, IndependentSpans
from tests.models.learning import learn

CONFIG = "tests/models/configs/span_ner.jsonnet"
KINDS = {"flat_spans": FlatSpans, "independent_spans": IndependentSpans}
TOKENS = {"tokens": {"tokens": torch.tensor([[2, 3, 4], [5, 6, 0]])}}


class TestSpanNer(ModelTestCase):
    def setup_method(self):
        super().setup_method()
        self.set_up_model(CONFIG, "fixtures/ner.conll")

    @pytest.mark.parametrize("name", KINDS)
    def test_can_train_save_and_load(self, name):
        self.ensure_model_can_train_save_and_load(CONFIG, overrides={"model.factorization": name, "model.max_width": 4})

    def test_batch_predictions_are_consistent(self):
        self.ensure_batch_predictions_are_consistent()


@pytest.fixture(params=KINDS)
def model(request, build):
    return build("skd_span_ner", factorization=request.param, span_dim=8)


def ids(model, *sentences):
    """Gold tags as the vocabulary numbers them."""
    return torch.tensor([[model.vocab.get_token_index(tag, "labels") for tag in tags.split()] for tags in sentences])


def test_the_factorization_is_chosen_by_name(build, batch):
    for name, kind in KINDS.items():
        f = build("skd_span_ner", factorization=name, max_width=5).factorize(batch["tokens"])
        assert type(f) is kind and set(f.labels) == {"PER", "LOC", "ORG"}
        assert f.scores.shape == (*f.mask.shape, 5, 3)
    assert type(build("skd_span_ner").factorize(batch["tokens"])) is FlatSpans


def flat_sets(n, size, first=0):
    """All sets of spans (first word, number of words, type) that share no word and begin at `first` or later."""
    if first == n:
        yield ()
        return
    yield from flat_sets(n, size, first + 1)
    spans = [(first, width, kind) for width in range(1, n - first + 1) for kind in range(size)]
    yield from ((span, *others) for span in spans for others in flat_sets(n, size, first + span[1]))


def test_the_loss_of_flat_spans_is_the_enumerated_negative_log_likelihood(build):
    model = build("skd_span_ner", span_dim=8).double().train()
    scores, person = model.factorize(TOKENS).scores, model.labels.index("PER")

    def negative_log_likelihood(sentence, n, gold):
        def score(spans):
            return sum(scores[sentence, i, width - 1, kind] for i, width, kind in spans) + 0 * scores.sum()

        sets = flat_sets(n, len(model.labels))
        return torch.stack([score(spans) for spans in sets]).logsumexp(0) - score(gold)

    expected = negative_log_likelihood(0, 3, [(1, 2, person)]) + negative_log_likelihood(1, 2, [(0, 1, person)])
    tags = ids(model, "O B-PER L-PER", "U-PER O O")
    torch.testing.assert_close(model(TOKENS, tags=tags)["loss"], expected / 2)


def test_the_loss_of_independent_spans_is_that_of_a_softmax_for_each_span(build):
    model = build("skd_span_ner", factorization="independent_spans", span_dim=8).train()
    scores, person = model.factorize(TOKENS).scores, model.labels.index("PER")
    gold = {(0, 1, 2): 1 + person, (1, 0, 1): 1 + person}
    spans = [(b, i, width) for b, n in enumerate((3, 2)) for i in range(n) for width in range(1, n - i + 1)]
    log_odds = torch.stack([torch.cat([torch.zeros(1), scores[b, i, width - 1]]) for b, i, width in spans])
    targets = torch.tensor([gold.get(span, 0) for span in spans])
    expected = torch.nn.functional.cross_entropy(log_odds, targets, reduction="sum") / 2
    tags = ids(model, "O B-PER L-PER", "U-PER O O")
    torch.testing.assert_close(model(TOKENS, tags=tags)["loss"], expected)


@pytest.mark.slow
@pytest.mark.parametrize("name", KINDS)
def test_training_reaches_the_gold_entities(build, batch, name):
    encoder = {"type": "lstm", "input_size": 6, "hidden_size": 16}
    model = build("skd_span_ner", factorization=name, span_dim=16, encoder=encoder)
    learn(model, batch, rate=0.03)
    output = model.make_output_human_readable(model(**batch))
    assert model.get_metrics()["f1-measure-overall"] == model.get_metrics()["accuracy"] == 1.0
    entities_of = {" ".join(words): entities for words, entities in zip(output["words"], output["entities"])}
    assert entities_of["The Bank of Norway raised its rates ."] == [
        {"type": "ORG", "start": 1, "end": 4, "text": "Bank of Norway"}
    ]


def test_metrics_are_those_of_a_tagger_with_the_same_output(model, batch):
    torch.nn.init.normal_(model.spans._scores._weight_matrix, std=3)
    output = model(**batch)
    labels = tuple(model.vocab.get_token_from_index(i, "labels") for i in range(model.vocab.get_vocab_size("labels")))
    predicted = torch.tensor([[labels.index(model.tags[tag]) for tag in row] for row in output["tags"].tolist()])
    expected = TaggingMetrics(labels)
    expected(predicted, batch["tags"], output["mask"] & (batch["tags"] >= 0).all(1, keepdim=True))
    assert model.get_metrics(reset=True) == expected.get(reset=True)


def test_spans_are_found_that_the_tags_of_the_vocabulary_cannot_write(build):
    vocab = Vocabulary(tokens_to_add={"labels": ["U-PER", "L-PER", "B-PER"], "tokens": ["a"]})
    model = build("skd_span_ner", vocab=vocab)
    assert model.tags == ("O", "B-PER", "I-PER", "L-PER", "U-PER")
    scores = torch.full((1, 4, 4, 1), -1.0)
    scores[0, 1, 2] = 1
    best = FlatSpans(scores, torch.ones(1, 4, dtype=torch.bool), model.labels)
    output = model.decode(best, {"tags": ids(model, "U-PER B-PER L-PER U-PER")}, None)
    assert [model.tags[tag] for tag in output["tags"][0]] == ["O", "B-PER", "I-PER", "L-PER"]
    assert model.get_metrics()["accuracy"] == 0.25


def test_wide_gold_is_refused_in_training_and_missed_in_evaluation(build, batch):
    wide = build("skd_span_ner", max_width=3)
    with pytest.raises(ConfigurationError, match="'Maria del Carmen Ruiz teaches .*of 4 words.*`max_width` is 3. Set"):
        wide.train()(**batch)
    all_known = (batch["tags"] >= 0).all(1)
    too_wide = torch.tensor(["Maria" in sentence["words"] for sentence in batch["metadata"]])
    narrower = torch.where(too_wide.unsqueeze(1), -1, batch["tags"])
    assert (all_known & too_wide).sum() == 1
    loss = wide.eval()(**batch)["loss"]
    torch.testing.assert_close(loss, wide(**{**batch, "tags": narrower})["loss"])
    assert loss.isfinite()


def test_wide_gold_counts_as_missed(build):
    vocab = Vocabulary(tokens_to_add={"labels": ["O", "U-PER", "B-PER", "L-PER"], "tokens": ["a", "b", "c", "d", "e"]})
    model = build("skd_span_ner", vocab=vocab, max_width=1)
    torch.nn.init.constant_(model.spans._scores._bias, 99.0)
    model(TOKENS, tags=ids(model, "U-PER B-PER L-PER", "U-PER U-PER O"))
    scores = model.get_metrics()
    assert scores["recall-overall"] == 3 / 4 and scores["precision-overall"] == 3 / 5


def test_the_predictor_is_that_of_taggers(model):
    assert Predictor.by_name(model.default_predictor) is TaggerPredictor
    output = TaggerPredictor(model, ConllNer()).predict_words(["Anna", "moved"])
    assert output.keys() == {"words", "tags", "entities"} and len(output["tags"]) == 2


@pytest.mark.parametrize("max_width", [0, -1])
def test_a_maximal_width_without_words_is_refused(build, max_width):
    with pytest.raises(ConfigurationError, match=f"`max_width` is {max_width}, expected"):
        build("skd_span_ner", max_width=max_width)


def test_labels_that_are_no_bioul_tags_are_refused(build):
    vocab = Vocabulary(tokens_to_add={"labels": ["NOUN", "VERB"]})
    with pytest.raises(
        ConfigurationError, match="'labels' are NOUN, VERB, expected BIOUL tags.*Use a reader of entities"
    ):
        build("skd_span_ner", vocab=vocab)


@pytest.mark.parametrize("name, kind", KINDS.items())
def test_a_distribution_by_name_alone_or_as_a_type(name, kind):
    for params in (Params({"type": name}), name):
        distribution = SpanDistribution.from_params(params)
        f = distribution(torch.zeros(1, 2, 2, 1), torch.ones(1, 2, dtype=torch.bool), ("PER",))
        assert type(f) is distribution.kind is kind


def test_flat_spans_are_the_default():
    assert SpanDistribution.from_params(Params({})).kind is FlatSpans


def test_an_unknown_distribution_is_refused_with_the_known_ones():
    with pytest.raises(ConfigurationError, match="nested_spans.*flat_spans.*independent_spans"):
        SpanDistribution.from_params(Params({"type": "nested_spans"}))
