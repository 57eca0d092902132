"""spaCy finds the components by name alone, and scores, configures and draws them as it does its own."""

import json
import re
from functools import partial
from pathlib import Path
from typing import Any, Dict

import pytest
import spacy
from spacy import displacy
from spacy.language import Language
from spacy.tokens import Doc
from spacy.training import Example
from spacy.util import load_model_from_config
from thinc.api import Config

from tests.serving import TEXTS, assert_same, run
from tests.serving.gold import gold

pytestmark = pytest.mark.slow

USUAL = ["sentencizer", "skd_tagger", "skd_parser", "skd_ner", "merge_noun_chunks", "merge_entities"]
FRESH = """
import json, sys
import spacy
scorer = spacy.registry.scorers.get("skd_tagger_scorer.v1")
nlp = spacy.blank("en")
for name in sys.argv[1:]:
    nlp.add_pipe(name)
print(json.dumps([scorer.__name__, nlp.pipe_names, nlp.analyze_pipes(), "allennlp" in sys.modules]))
"""


@pytest.fixture(scope="module")
def fresh(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """The output of a process that imports only spaCy and looks at a usual pipeline."""
    return json.loads(run(tmp_path_factory.mktemp("fresh") / "fresh.py", FRESH, *USUAL))


def test_entry_points_suffice_and_load_no_more_than_is_needed(fresh: Any):
    scorer, pipes, _, has_loaded_allennlp = fresh
    assert (scorer, pipes) == ("make_tagger_scorer", USUAL)
    assert not has_loaded_allennlp, "there is no model yet"


def test_the_components_assign_what_others_of_a_usual_pipeline_require(fresh: Any):
    assert fresh[2]["problems"] == {name: [] for name in USUAL}


@pytest.mark.parametrize("kind", ["ner", "parser", "tagger"])
def test_a_component_assigns_and_scores_what_spacys_own_of_its_kind_does(fresh: Any, kind: str):
    ours, theirs = fresh[2]["summary"][f"skd_{kind}"], Language.get_factory_meta(kind)
    assert set(ours["assigns"]) > set(theirs.assigns)
    assert set(ours["scores"]) <= set(theirs.scores)


@pytest.fixture(scope="module")
def nlp(ner_archive: Path, parser_archive: Path, upos_archive: Path) -> Language:
    """A pipeline with a tagger for each attribute."""
    nlp = spacy.blank("en")
    nlp.add_pipe("skd_tagger", config={"archive": str(upos_archive)})
    nlp.add_pipe("skd_tagger", "skd_pos", config={"archive": str(upos_archive), "attribute": "pos"})
    nlp.add_pipe("skd_parser", config={"archive": str(parser_archive), "max_words": 12})
    nlp.add_pipe("skd_ner", config={"archive": str(ner_archive), "spans_key": "found"})
    return nlp


def test_what_the_models_have_learned_gets_all_scores_that_are_declared(nlp: Language):
    docs = gold()
    for token in (token for doc in docs for token in doc):
        token.tag_ = token.pos_  # the labels of the tagger
    scores = nlp.evaluate([Example(Doc(nlp.vocab, words=[token.text for token in doc]), doc) for doc in docs])
    declared = {name for pipe in nlp.pipe_names for name in nlp.get_pipe_meta(pipe).scores}
    assert declared >= {"tag_acc", "pos_acc", "dep_uas", "dep_las", "sents_f", "ents_f"}
    assert min(scores[name] for name in declared if not name.endswith("_per_type")) > 0.9
    assert set(scores["ents_per_type"]) == {"PER", "LOC", "ORG"} and "nsubj" in scores["dep_las_per_type"]


WAYS: Dict[str, Any] = {"load_model_from_config": load_model_from_config, "from_config": spacy.blank("en").from_config}


@pytest.mark.parametrize("way", sorted(WAYS))
def test_a_pipeline_of_the_same_configuration_annotates_alike(nlp: Language, way: str):
    again = WAYS[way](Config().from_str(nlp.config.to_str()))
    assert again.config["components"] == nlp.config["components"]
    assert_same(list(again.pipe(TEXTS)), list(nlp.pipe(TEXTS)))


def test_displacy_draws_what_is_found(nlp: Language):
    render = partial(displacy.render, nlp(Doc(nlp.vocab, words="Anna Berg moved to Oslo .".split())), jupyter=False)
    drawn = [render(style="ent"), render(style="span", options={"spans_key": "found"})]
    assert [re.findall(r"(\w+)\s*</span>", html) for html in drawn] == [["PER", "LOC"]] * 2
    assert re.findall(r"(\w+)</textPath>", render(style="dep")) == ["nsubj", "flat", "case", "obl"]
