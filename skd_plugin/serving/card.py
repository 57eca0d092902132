"""The model card of an exported pipeline, from the cards of its models."""

from pathlib import Path
from typing import Mapping, cast

from spacy.language import Language

from skd_plugin.archives import CARD_FILE, base_name, read_notes
from skd_plugin.cards import ComponentCard, Provenance, archive_card, licence_in_cards, model_facts, pipeline_card
from skd_plugin.serving.components.model_pipe import ModelPipe


def add_card(nlp: Language, archives: Mapping[str, Path], known: Mapping[str, Provenance], name: str) -> str:
    """
    The card of the pipeline. Its licence is set in `nlp.meta`, if none is there and the cards of all models name one.

    A model without a card, as in archives of version 0.1.0, gets one from what is known of it.

    # Parameters

    nlp : `Language`
        With its meta data.
    archives : `Mapping[str, Path]`
        The archive of each component, by the component's name.
    known : `Mapping[str, Provenance]`
        What is known of each model.
    name : `str`
        The name of the pipeline's folder.
    """
    cards = []
    for component, archive in archives.items():
        one = known[component]
        if not one.facts.kind:
            one = one._replace(facts=model_facts(cast(ModelPipe, nlp.get_pipe(component)).student.model))
        card = read_notes(archive).get(CARD_FILE) or archive_card(one, base_name(str(archive)))
        cards.append(ComponentCard(component, one, card))
    nlp.meta["license"] = nlp.meta.get("license") or licence_in_cards(cards)
    return pipeline_card(nlp.meta, cards, name)
