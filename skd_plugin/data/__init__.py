"""
Dataset readers for column files, CoNLL-U and plain text, and a data loader for corpora that do not fit into memory.

Importing this package registers them.
"""

import skd_plugin.compat.patches  # noqa: F401  before AllenNLP is imported
from skd_plugin.data.loaders.streaming import Streaming
from skd_plugin.data.readers.conll_ner import ConllNer
from skd_plugin.data.readers.conllu import Conllu
from skd_plugin.data.readers.dependencies import Dependencies
from skd_plugin.data.readers.sentence_reader import SentenceReader
from skd_plugin.data.readers.text import Text

__all__ = ["ConllNer", "Conllu", "Dependencies", "SentenceReader", "Streaming", "Text"]
