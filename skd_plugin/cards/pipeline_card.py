"""The model card of a spaCy pipeline, which has what the cards of its models say."""

from typing import Any, Dict, List, Mapping, NamedTuple, Optional, Sequence

from skd_plugin.cards.archive_card import FINDS
from skd_plugin.cards.provenance import Provenance
from skd_plugin.cards.rendering import UNKNOWN_LICENCE, as_card, demoted, is_same, parse_card, render, sections

_EXAMPLES = {
    "skd_ner": "print(doc.ents)",
    "skd_parser": "print([(token.text, token.dep_, token.head.text) for token in doc])",
    "skd_tagger": "print([(token.text, token.tag_ or token.pos_) for token in doc])",
}


class ComponentCard(NamedTuple):
    """The name of a component, what is known of its model, and the model's card."""

    component: str
    known: Provenance
    card: str


def pipeline_card(meta: Mapping[str, Any], cards: Sequence[ComponentCard], name: str) -> str:
    """
    The card of a pipeline.

    What users have written into the cards of its models stays: all their sections, but for those that the pipeline
    says itself, and metadata of theirs.

    # Parameters

    meta : `Mapping[str, Any]`
        The content of the pipeline's meta.json.
    cards : `Sequence[ComponentCard]`
    name : `str`
        The name of its folder.
    """
    parsed = _parsed(cards)
    licence = _identifier(meta.get("license"))
    text = render(
        "pipeline.md",
        name=name,
        description=meta["description"],
        example="\n".join(_EXAMPLES[one.component] for one in cards),
        requirements=meta["requirements"],
        spacy_version=meta["spacy_version"],
        components=[(one.component, FINDS[one.known.facts.kind], f"`{one.known.kind}`") for one in cards],
        author=meta.get("author"),
        licence=render("licence.md") if licence == UNKNOWN_LICENCE else f"## Licence\n\n`{licence}`\n",
        citation=render("citation.md"),
        bodies=[(component, _body(card.text, demote=len(cards) > 1)) for component, card in parsed.items()],
    )
    return as_card(_metadata(meta, parsed, name), text)


def card_of_meta(meta: Mapping[str, Any], text: str) -> str:
    """The card of a pipeline that has none: its README, with metadata."""
    from huggingface_hub import ModelCardData

    tags = ["spacy", *(["skd_plugin"] if any(name in _EXAMPLES for name in meta.get("pipeline", [])) else [])]
    data = ModelCardData(
        language=_languages(meta),
        license=_identifier(meta.get("license")),
        library_name="spacy",
        pipeline_tag="token-classification",
        tags=tags,
    )
    return as_card(data, text)


def licence_in_cards(cards: Sequence[ComponentCard]) -> str:
    """The licence that the cards of all models name; empty if there is no such."""
    given = {_identifier(card.data.get("license")) for card in _parsed(cards).values()}
    licence = given.pop() if len(given) == 1 else UNKNOWN_LICENCE
    return "" if licence == UNKNOWN_LICENCE else licence


def _parsed(cards: Sequence[ComponentCard]) -> Dict[str, Any]:
    return {one.component: parse_card(one.card, f"the model of {one.component}") for one in cards}


def _identifier(licence: Any) -> str:
    return str(licence or UNKNOWN_LICENCE).strip().lower()


def _languages(meta: Mapping[str, Any]) -> Optional[List[str]]:
    """spaCy's code `xx` is for texts of any language."""
    return None if meta["lang"] == "xx" else [str(meta["lang"])]


def _body(text: str, demote: bool) -> str:
    """The sections of a model's card that the pipeline's does not say itself."""
    replaced = [render(name) for name in ("use.md", "licence.md", "citation.md")]
    kept = [part.text.strip() for part in sections(text) if not any(is_same(part.text, one) for one in replaced)]
    # The title is that of the run.
    kept[0] = kept[0].split("\n", 1)[-1].strip() if kept[0].startswith("# ") else kept[0]
    body = "\n\n".join(part for part in kept if part)
    return demoted(body) if demote else body


def _metadata(meta: Mapping[str, Any], cards: Mapping[str, Any], name: str) -> Any:
    from huggingface_hub import ModelCardData

    tags: List[str] = ["spacy"]
    results: List[Any] = []
    others: Dict[str, Any] = {}
    for card in cards.values():
        given = {key: value for key, value in vars(card.data).items() if value is not None}
        results += given.pop("eval_results", None) or []
        tags += [tag for tag in given.pop("tags", None) or [] if tag not in tags]
        others = {**given, **others}
    ours: Dict[str, Any] = {
        "language": _languages(meta),
        "license": _identifier(meta.get("license")),
        "library_name": "spacy",
        "pipeline_tag": "token-classification",
        "tags": tags,
        "model_name": name if results else None,
        "eval_results": results or None,
    }
    return ModelCardData(**{**others, **ours})
