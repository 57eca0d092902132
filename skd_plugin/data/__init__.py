"""Dataset readers: column files, CoNLL-U and plain text, entity tags of every scheme as BIOUL, dependency trees."""

import skd_plugin.compat  # noqa: F401  before AllenNLP is imported
from skd_plugin.data.conll_ner import ConllNer
from skd_plugin.data.conllu import Conllu
from skd_plugin.data.dependencies import Dependencies
from skd_plugin.data.sentence_reader import SentenceReader
from skd_plugin.data.text import Text

__all__ = ["ConllNer", "Conllu", "Dependencies", "SentenceReader", "Text"]
