"""`allennlp skd-vectors`: makes a file of static vectors from a transformer, or from other word vectors."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, Optional

from allennlp.commands.subcommand import Subcommand
from allennlp.common.checks import ConfigurationError

from skd_plugin.commands.plain_errors import with_plain_errors

if TYPE_CHECKING:
    from skd_plugin.inputs.vector_file import Vectors

DIM = 64


@Subcommand.register("skd-vectors")
class MakeVectors(Subcommand):
    """The command `skd-vectors` and its arguments."""

    def add_subparser(self, parser: argparse._SubParsersAction) -> argparse.ArgumentParser:
        description = """Write static vectors for the input of a student: of the word pieces of a transformer, so that
                         every word has one, or of the words of another file of vectors. A config names the file as
                         `pretrained_file`; what is trained with it does not need it."""
        subparser = parser.add_parser(
            self.name, description=description, help="Make static vectors from a transformer or from word vectors."
        )
        subparser.add_argument(
            "source",
            metavar="transformer",
            help="a transformer, as a folder or by its name on the hub; or the model.tar.gz of a model on a "
            "transformer; or a file of vectors (GloVe, word2vec, fastText)",
        )
        subparser.add_argument("--output", type=Path, required=True, metavar="FILE", help="the *.safetensors to write")
        subparser.add_argument("--dim", type=int, default=DIM, help=f"how many numbers a vector has (default: {DIM})")
        subparser.add_argument(
            "--outputs",
            action="store_true",
            help="take what the transformer gives for a piece by itself, not the table of its input",
        )
        subparser.add_argument("--words", type=int, metavar="N", help="read the first N words of a file of vectors")
        subparser.add_argument("--force", action="store_true", help="replace the file")
        subparser.set_defaults(func=with_plain_errors(_run))
        return subparser


class Written(NamedTuple):
    """
    What was written.

    # Parameters

    entries : `int`
    kind : `str`
        "word pieces" or "words".
    dim : `int`
        How many numbers a vector has.
    source_dim : `int`
        How many it had.
    kept : `float`
        The part of the variance that is left.
    """

    entries: int
    kind: str
    dim: int
    source_dim: int
    kept: float


def make_vectors(
    source: str, output: Path, dim: int = DIM, outputs: bool = False, words: Optional[int] = None, force: bool = False
) -> Written:
    """
    Writes the vectors to `output`, completely or not at all.

    If the source's vectors have no more than `dim` numbers, they stay as they are. Raises `ConfigurationError`.
    """
    # Late, because every `allennlp` command imports this module.
    from skd_plugin.inputs.transformer_vectors import reduced
    from skd_plugin.inputs.vector_file import ENDING, write_vectors

    if output.suffix != ENDING:
        raise ConfigurationError(f"--output is {output}, expected a name that ends in {ENDING}.")
    if output.exists() and not force:
        raise ConfigurationError(f"{output} exists already. Name another file, or replace it with --force.")
    for name, value in (("--dim", dim), ("--words", words)):
        if value is not None and value < 1:
            raise ConfigurationError(f"{name} is {value}, expected a number of at least 1.")
    vectors = _vectors(source, outputs, words)
    source_dim, kept = vectors.table.shape[1], 1.0
    if source_dim > dim:
        vectors, kept = reduced(vectors, dim)
    output.parent.mkdir(parents=True, exist_ok=True)
    write_vectors(vectors, output)
    kind = "word pieces" if vectors.tokenizer else "words"
    return Written(len(vectors.table), kind, vectors.table.shape[1], source_dim, kept)


def _vectors(source: str, outputs: bool, words: Optional[int]) -> "Vectors":
    from skd_plugin.inputs.transformer_vectors import piece_vectors
    from skd_plugin.inputs.vector_file import read_vectors

    path = Path(source)
    is_model = source.endswith(".tar.gz") or (path / "vocabulary").is_dir()
    if path.is_file() and not is_model:
        if outputs:
            raise ConfigurationError(f"--outputs is for transformers, and {source} is a file. Leave it out.")
        return read_vectors(source, words)
    if words is not None:
        raise ConfigurationError(f"--words is for files of word vectors, and {source} is none. Leave it out.")
    transformer, tokenizer = _of_model(path) if is_model else _of_transformer(source)
    return piece_vectors(transformer, tokenizer, outputs)


def _of_transformer(name: str) -> Any:
    """The transformer and its tokenizer, from a folder or from the hub."""
    from transformers import AutoModel, AutoTokenizer

    try:
        return AutoModel.from_pretrained(name), AutoTokenizer.from_pretrained(name)
    except (OSError, ValueError) as error:
        raise ConfigurationError(
            f"{name} cannot be read ({error}). Expected a transformer, as a folder or by its name on the hub, the "
            "model.tar.gz of a model on a transformer, or a file of word vectors."
        ) from error


def _of_model(path: Path) -> Any:
    """The transformer of a trained model, and its tokenizer."""
    from allennlp.data.token_indexers import PretrainedTransformerMismatchedIndexer
    from allennlp.modules.token_embedders import PretrainedTransformerEmbedder

    from skd_plugin import archives

    loaded = archives.load(path)
    embedders = [module for module in loaded.model.modules() if isinstance(module, PretrainedTransformerEmbedder)]
    indexers = [
        indexer
        for indexer in loaded.reader.token_indexers.values()
        if isinstance(indexer, PretrainedTransformerMismatchedIndexer)
    ]
    if len(embedders) != 1 or len(indexers) != 1:
        raise ConfigurationError(
            f"The model at {path} stands on {len(embedders)} transformers, expected one. Give the archive of a model "
            "whose words come from `pretrained_transformer_mismatched`, or the transformer itself."
        )
    return embedders[0].transformer_model, indexers[0]._allennlp_tokenizer.tokenizer


def _run(arguments: argparse.Namespace) -> None:
    options = {name: getattr(arguments, name) for name in ("dim", "outputs", "words", "force")}
    written = make_vectors(arguments.source, arguments.output, **options)
    size = arguments.output.stat().st_size / 1e6
    print(f"Wrote {arguments.output}: {written.entries:,} {written.kind}, {written.dim} numbers each, {size:.1f} MB.")
    if written.dim < written.source_dim:
        print(f"Of {written.source_dim} dimensions, these keep {written.kept:.0%} of the variance.")
    print(f"To use it: vectors: {{ pretrained_file: '{arguments.output}' }} in the embedder skd_word_features.")
