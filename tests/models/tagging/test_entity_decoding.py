"""Which entities a model returns, by its option `decoding`."""

from copy import deepcopy
from typing import Any, Callable, Dict, List

import pytest
import torch
from allennlp.common.checks import ConfigurationError
from allennlp.data import Batch, Instance, Vocabulary
from allennlp.data.dataset_readers.dataset_utils import bioul_tags_to_spans
from allennlp.models import Model

from skd_plugin.models import EntityDecoding, MostProbable, Threshold, entity_types
from skd_plugin.models.continuing import extended
from skd_plugin.structures import Factorization, likely_spans

MODELS: List[Dict[str, Any]] = [
    {"name": "skd_maxent_tagger"},
    {"name": "skd_crf_tagger"},
    {"name": "skd_crf_tagger", "factorization": "constrained_chain"},
    {"name": "skd_span_ner"},
    {"name": "skd_span_ner", "factorization": "independent_spans", "max_width": 4},
]
OPTIONS = ["most_probable", {"type": "threshold", "threshold": 0.02}, {"type": "expected_f1", "f1": 0.1}]
POS = Vocabulary(tokens_to_add={"labels": ["NOUN", "VERB"], "tokens": ["a"]})


@pytest.fixture(params=MODELS, ids=lambda options: "-".join(map(str, options.values())))
def make(request: pytest.FixtureRequest, build: Callable[..., Model]) -> Callable[..., Model]:
    """`make(decoding)`: the model, with random weights that are the same at every call, and not sure of anything."""
    # A score of a span is a sum of many products.
    std = 0.35 if request.param["name"] == "skd_span_ner" else 0.9

    def make(decoding: Any) -> Model:
        # A copy, because building a model empties its options.
        model = build(**deepcopy({**request.param, "decoding": decoding}))
        torch.manual_seed(1)
        for parameter in model.parameters():
            torch.nn.init.normal_(parameter, std=std)
        return model

    return make


def entities(model: Model, batch: Dict[str, Any]) -> List[set]:
    """The entities of the tags that the model returns."""
    output = model.make_output_human_readable(model(**batch))
    return [{*bioul_tags_to_spans(tags)} for tags in output["tags"]]


def chosen(decoding: EntityDecoding, distribution: Factorization) -> List[set]:
    """The entities as the serving components get them."""
    types, spans = entity_types(distribution), decoding.spans(distribution)
    result: List[set] = [set() for _ in distribution.mask]
    for row, first, last, kind in zip(*(column.tolist() for column in spans[:4])):
        result[row].add((types[kind], (first, last)))
    return result


@pytest.mark.parametrize("option", OPTIONS, ids=str)
def test_tags_and_spans_are_the_same_entities(make, batch, option):
    model = make(option)
    found = entities(model, batch)
    assert any(found)
    assert found == chosen(model.decoding, model.factorize(batch["tokens"], batch["metadata"]))


def test_the_default_is_the_most_probable_structure(make, batch):
    model = make("most_probable")
    assert type(model.decoding) is MostProbable
    assert torch.equal(model(**batch)["tags"], model.decoding.tags(model.factorize(batch["tokens"]), tuple(model.tags)))
    tags = model.factorize(batch["tokens"]).argmax
    if isinstance(tags, torch.Tensor):
        assert model(**batch)["tags"].equal(tags)


def test_a_sentence_has_the_same_entities_alone(make, instances: List[Instance], batch, vocab):
    model = make(OPTIONS[1])
    together = entities(model, batch)
    for instance, expected in zip(instances, together):
        alone = Batch([instance])
        alone.index_instances(vocab)
        assert entities(model, alone.as_tensor_dict()) == [expected]


def test_expected_f1_is_a_threshold_of_its_half(make, batch):
    distribution = make("most_probable").factorize(batch["tokens"])
    half = likely_spans(distribution, 0.05)
    assert chosen(make(OPTIONS[2]).decoding, distribution) == chosen(Threshold(0.05), distribution)
    assert len(half.rows) > len(likely_spans(distribution, 0.5).rows)


def test_a_low_threshold_finds_more(make, batch):
    few, many = (
        sum(map(len, entities(make({"type": "threshold", "threshold": number}), batch))) for number in (0.9, 0.01)
    )
    assert few < many


def test_metrics_are_those_of_the_chosen_entities(make, batch):
    model = make(OPTIONS[1])
    found = entities(model, batch)
    metrics = model.get_metrics(reset=True)
    tagged = [k for k, row in enumerate(batch["metadata"]) if "tags" in row]
    right = sum(len(found[k] & {*bioul_tags_to_spans(batch["metadata"][k]["tags"])}) for k in tagged)
    assert metrics["precision-overall"] == right / sum(len(found[k]) for k in tagged)


def test_the_best_are_decoded_where_they_are_asked_for(make, batch):
    """So a distiller scores a teacher's best structures, whatever its student returns."""
    model = make(OPTIONS[1])
    factorization = model.factorize(batch["tokens"])
    best, chosen = (decode(factorization, {}, None)["tags"] for decode in (model.decode_best, model.decode))
    assert best.equal(make("most_probable")(**batch)["tags"]) and not best.equal(chosen)


def test_training_decodes_nothing(make, batch, monkeypatch):
    model = make(OPTIONS[1]).train()
    monkeypatch.setattr(type(model.decoding), "tags", None)
    assert "tags" not in model(**batch)


def test_a_model_that_is_extended_for_new_labels_keeps_its_decoding(build, vocab):
    larger = Vocabulary.from_instances([])
    larger.extend_from_vocab(vocab)
    option = {"type": "threshold", "threshold": 0.25}
    model = build("skd_maxent_tagger", vocab=larger, decoding=dict(option))
    larger.add_tokens_to_namespace(["U-AGE"], "labels")
    longer = extended(model, {"type": "skd_maxent_tagger", "decoding": option})
    assert len(longer.tags) == len(vocab.get_token_to_index_vocabulary("labels")) + 1
    assert type(longer.decoding) is Threshold


@pytest.mark.parametrize(
    "option, message",
    [
        ({"type": "threshold", "threshold": 1.0}, "`threshold` is 1.0, expected a probability above 0 and below 1"),
        ({"type": "threshold", "threshold": 0}, "`threshold` is 0, expected a probability above 0 and below 1"),
        ({"type": "threshold", "threshold": "half"}, "`threshold` of Threshold is 'half', expected a finite number"),
        ({"type": "threshold", "limit": 0.5}, "Threshold has no option `limit`.*Its options are `threshold`"),
        ({"type": "expected_f1", "f1": 61.4}, "`f1` is 61.4, expected a share above 0 and at most 1, such as 0.6"),
        ({"type": "expected_f1", "f1": 0.0}, "`f1` is 0.0, expected a share above 0"),
    ],
)
@pytest.mark.parametrize("name", ["skd_maxent_tagger", "skd_span_ner"])
def test_wrong_options_are_refused(build, name, option, message):
    with pytest.raises(ConfigurationError, match=message):
        build(name, decoding=deepcopy(option))


@pytest.mark.parametrize("option", OPTIONS[1:], ids=str)
def test_labels_that_are_no_entities_have_only_the_default(build, option):
    message = rf"`decoding` is {option['type']}, .* labels are NOUN, VERB, expected BIOUL tags .*Leave out `decoding`"
    with pytest.raises(ConfigurationError, match=message):
        build("skd_maxent_tagger", vocab=POS, decoding=deepcopy(option))
    assert build("skd_maxent_tagger", vocab=POS, decoding="most_probable").tags == ("NOUN", "VERB")
