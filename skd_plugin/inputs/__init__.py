"""
What a model reads of a word by itself: its features, and static vectors that know every word.

Importing this package registers the indexer and the embedder of words.
"""

import skd_plugin.compat.patches  # noqa: F401  before AllenNLP is imported
from skd_plugin.inputs.embedder import WordFeaturesEmbedder
from skd_plugin.inputs.features import WordFeatures
from skd_plugin.inputs.indexer import WordFeaturesIndexer
from skd_plugin.inputs.static_vectors import StaticVectors

__all__ = ["StaticVectors", "WordFeatures", "WordFeaturesEmbedder", "WordFeaturesIndexer"]
