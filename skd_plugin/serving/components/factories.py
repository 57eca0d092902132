"""The factories of the components: what each assigns, and how it is scored, as spaCy's own component of that kind."""

from typing import Callable, Optional

from spacy.language import Language

from skd_plugin.serving.components.ner import NamedEntityPipe
from skd_plugin.serving.components.parser import ParserPipe
from skd_plugin.serving.components.tagger import TaggerPipe
from skd_plugin.serving.docs import confidences

confidences.register()


@Language.factory(
    "skd_ner",
    assigns=["doc.ents", "token.ent_iob", "token.ent_type", "doc.spans"],
    default_config={
        "archive": None,
        "spans_key": "skd",
        "overwrite": False,
        "max_words": None,
        "scorer": {"@scorers": "spacy.ner_scorer.v1"},
    },
    default_score_weights={"ents_f": 1.0, "ents_p": 0.0, "ents_r": 0.0, "ents_per_type": None},
)
def make_ner(
    nlp: Language,
    name: str,
    archive: Optional[str],
    spans_key: str,
    overwrite: bool,
    max_words: Optional[int],
    scorer: Optional[Callable],
) -> NamedEntityPipe:
    """Makes the component `skd_ner`; `NamedEntityPipe` describes its options."""
    settings = {"archive": archive, "max_words": max_words, "scorer": scorer}
    return NamedEntityPipe(nlp.vocab, name, spans_key=spans_key, overwrite=overwrite, **settings)


@Language.factory(
    "skd_parser",
    assigns=["token.dep", "token.head", "token.is_sent_start", "doc.sents", "doc._.skd_arc_probabilities"],
    default_config={
        "archive": None,
        "split_at_roots": False,
        "overwrite": False,
        "max_words": None,
        "scorer": {"@scorers": "spacy.parser_scorer.v1"},
    },
    default_score_weights={
        "dep_uas": 0.5,
        "dep_las": 0.5,
        "dep_las_per_type": None,
        "sents_p": None,
        "sents_r": None,
        "sents_f": 0.0,
    },
)
def make_parser(
    nlp: Language,
    name: str,
    archive: Optional[str],
    split_at_roots: bool,
    overwrite: bool,
    max_words: Optional[int],
    scorer: Optional[Callable],
) -> ParserPipe:
    """Makes the component `skd_parser`; `ParserPipe` describes its options."""
    settings = {"archive": archive, "max_words": max_words, "scorer": scorer}
    return ParserPipe(nlp.vocab, name, split_at_roots=split_at_roots, overwrite=overwrite, **settings)


@Language.factory(
    "skd_tagger",
    assigns=["token.tag", "token.pos", "doc._.skd_tag_probabilities"],
    default_config={
        "archive": None,
        "attribute": "tag",
        "overwrite": False,
        "max_words": None,
        "scorer": {"@scorers": "skd_tagger_scorer.v1"},
    },
    default_score_weights={"tag_acc": 1.0, "pos_acc": None},
)
def make_tagger(
    nlp: Language,
    name: str,
    archive: Optional[str],
    attribute: str,
    overwrite: bool,
    max_words: Optional[int],
    scorer: Optional[Callable],
) -> TaggerPipe:
    """Makes the component `skd_tagger`; `TaggerPipe` describes its options."""
    settings = {"archive": archive, "max_words": max_words, "scorer": scorer}
    return TaggerPipe(nlp.vocab, name, attribute=attribute, overwrite=overwrite, **settings)
