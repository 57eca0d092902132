"""
Model cards: what a model is, what it learned from, and how well, for whoever gets it.

Importing this package lets every training of a model of this plugin write a card, and put it into its archive.
"""

import skd_plugin.training  # noqa: F401  its callbacks come first, as in the checkpoints of earlier versions
from skd_plugin.cards.archive_card import archive_card, card_with_options
from skd_plugin.cards.archiving import archive_cards
from skd_plugin.cards.facts import Facts, model_facts
from skd_plugin.cards.pipeline_card import ComponentCard, card_of_meta, licence_in_cards, pipeline_card
from skd_plugin.cards.provenance import Provenance, provenance
from skd_plugin.cards.recording import record_every_training
from skd_plugin.cards.rendering import without_metadata

__all__ = [
    "ComponentCard",
    "Facts",
    "Provenance",
    "archive_card",
    "card_of_meta",
    "card_with_options",
    "licence_in_cards",
    "model_facts",
    "pipeline_card",
    "provenance",
    "without_metadata",
]

archive_cards()
record_every_training()
