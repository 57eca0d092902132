"""The archives that the tests of serving use."""

from tests.serving.conftest import ner_archive, parser_archive, transformer_archive, upos_archive

__all__ = ["ner_archive", "parser_archive", "transformer_archive", "upos_archive"]
