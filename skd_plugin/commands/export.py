"""`allennlp skd-export`: makes a spaCy pipeline from one or more archives."""

import argparse
import shutil
import tempfile
from pathlib import Path
from typing import List

import spacy
from allennlp.commands.subcommand import Subcommand
from allennlp.common.checks import ConfigurationError
from spacy.language import Language
from spacy.util import get_lang_class

from skd_plugin.commands.plain_errors import with_plain_errors


@Subcommand.register("skd-export")
class Export(Subcommand):
    """The command `skd-export` and its arguments."""

    def add_subparser(self, parser: argparse._SubParsersAction) -> argparse.ArgumentParser:
        description = """Make a spaCy pipeline from trained models; `spacy.load` then needs neither the archives nor
                         a training configuration. Entity models become the component skd_ner, parsers skd_parser,
                         other taggers skd_tagger."""
        subparser = parser.add_parser(self.name, description=description, help="Make a spaCy pipeline from archives.")
        subparser.add_argument(
            "archives", nargs="+", type=Path, metavar="archive", help="a model.tar.gz, or the folder of a run"
        )
        subparser.add_argument("out", type=Path, help="the folder to write")
        subparser.add_argument("--lang", default="en", help="spaCy's code for the language (default: en)")
        subparser.add_argument(
            "--sentencizer",
            action="store_true",
            help="find sentences with spaCy's rules first; without boundaries each text is read as one sentence",
        )
        subparser.add_argument("--license", default="", help="the pipeline's licence, for its meta.json and its card")
        subparser.add_argument("--author", default="", help="who has made the pipeline, for both of them")
        subparser.add_argument("--force", action="store_true", help="replace the pipeline in the folder")
        subparser.set_defaults(func=with_plain_errors(_run))
        return subparser


def export(
    archives: List[Path],
    out: Path,
    lang: str,
    sentencizer: bool = False,
    force: bool = False,
    license: str = "",
    author: str = "",
) -> Language:
    """
    Writes the pipeline to `out`, completely or not at all, and returns it.

    Its `meta.json` and its model card say what is known of the models: their data, teachers and scores.

    Raises `ConfigurationError` if `out` exists and `force` is false or `out` is not a pipeline, if spaCy does not have
    the language, if two archives need the same component, or if an archive cannot be loaded.
    """
    _check_target(out, force)
    # Late, because every `allennlp` command imports this module.
    from skd_plugin.archives import CARD_FILE
    from skd_plugin.serving.assembling import add_models
    from skd_plugin.serving.card import add_card
    from skd_plugin.serving.meta import add_meta

    nlp = _blank(lang)
    if sentencizer:
        nlp.add_pipe("sentencizer")
    components = add_models(nlp, archives)
    nlp.meta.update(license=license, author=author)
    card = add_card(nlp, components, add_meta(nlp, components), out.absolute().name)
    out.parent.mkdir(parents=True, exist_ok=True)
    # In the target's parent folder, so that it can be moved to the target in one step.
    with tempfile.TemporaryDirectory(dir=out.parent) as folder:
        nlp.to_disk(Path(folder) / "pipeline")
        (Path(folder) / "pipeline" / CARD_FILE).write_text(card, encoding="utf-8")
        if out.exists():
            shutil.move(out, Path(folder) / "replaced")
        (Path(folder) / "pipeline").rename(out)
    return nlp


def _check_target(out: Path, force: bool) -> None:
    if not out.exists():
        return
    if not force:
        raise ConfigurationError(f"{out} exists already. Name another folder, or replace it with --force.")
    if not (out / "meta.json").is_file():
        # The folder might be that of a training run.
        raise ConfigurationError(f"{out} is not a pipeline, and --force replaces only pipelines. Name another folder.")


def _blank(lang: str) -> Language:
    try:
        get_lang_class(lang)
    except ImportError as error:
        raise ConfigurationError(
            f"spaCy has no language {lang!r}, expected a code such as 'en'. Correct --lang. spaCy says: {error}"
        ) from error
    try:
        return spacy.blank(lang)
    except ImportError as error:
        raise ConfigurationError(
            f"spaCy's tokenizer for the language {lang!r} needs a package that is not installed. Install it, or name "
            f"another language with --lang, if its tokenizer suits the texts. spaCy says: {error}"
        ) from error


def _run(arguments: argparse.Namespace) -> None:
    options = {name: getattr(arguments, name) for name in ("sentencizer", "force", "license", "author")}
    nlp = export(arguments.archives, arguments.out, arguments.lang, **options)
    print(f"Wrote {arguments.out} with {', '.join(nlp.pipe_names)}.\nTo use it: spacy.load({str(arguments.out)!r})")
