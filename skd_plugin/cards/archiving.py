"""Every archive of a training of this plugin has a model card in it."""

import functools
import logging
import os
from fnmatch import fnmatch
from pathlib import Path
from typing import List, Optional, Union, cast

from allennlp.commands import train
from allennlp.models import Model, archival

from skd_plugin.archives import CARD_FILE
from skd_plugin.archives.notes import NOTES
from skd_plugin.cards.archive_card import archive_card
from skd_plugin.cards.provenance import provenance, run_config
from skd_plugin.compat.whole_files import whole_file
from skd_plugin.models import StructuredModel

logger = logging.getLogger(__name__)

Folder = Union[str, "os.PathLike[str]"]


def archive_cards() -> None:
    """
    Write the card into the folder of a run when its archive is made, and put it into the archive, with the files that
    it is made of.

    An error is logged, and the archive is then made without a card. A card that the run's `include_in_archive` names
    is the user's, and stays as it is.
    """
    archive = archival.archive_model

    @functools.wraps(archive)
    def archive_model(
        serialization_dir: Folder,
        weights: str = archival._DEFAULT_WEIGHTS,
        archive_path: Optional[Folder] = None,
        include_in_archive: Optional[List[str]] = None,
    ) -> str:
        patterns = list(include_in_archive or [])
        try:
            patterns += _notes(Path(serialization_dir), patterns)
        except Exception:  # a card is worth less than a training
            logger.warning("The archive of %s gets no model card", serialization_dir, exc_info=True)
        return archive(serialization_dir, weights, archive_path or serialization_dir, patterns or None)

    archival.archive_model = archive_model
    train.archive_model = archive_model


def _notes(run: Path, patterns: List[str]) -> List[str]:
    """The files that go into the archive too, beside those of these patterns. The card is written first."""
    if not _is_ours(run_config(run).get("model")):
        return []
    if not _is_named(CARD_FILE, patterns):
        card = archive_card(provenance(run), run.resolve().name)
        with whole_file(run / CARD_FILE) as unfinished:
            Path(unfinished).write_text(card, encoding="utf-8")
    return [name for name in NOTES if (run / name).is_file() and not _is_named(name, patterns)]


def _is_named(name: str, patterns: List[str]) -> bool:
    return any(fnmatch(name, os.path.normpath(pattern)) for pattern in patterns)


def _is_ours(section: object) -> bool:
    """Whether this section of a config is a model of this plugin, or derived from one."""
    kind = section.get("type") if isinstance(section, dict) else section
    return isinstance(kind, str) and issubclass(cast(type, Model.by_name(kind)), StructuredModel)
