"""Small vocabularies, files of static vectors, and models on word features with random weights."""

import json
from pathlib import Path
from typing import Any, Dict, List, Optional, cast

import torch
from allennlp.common import Params
from allennlp.data import DatasetReader, Vocabulary
from allennlp.models import Model
from allennlp.models.archival import archive_model
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers

import skd_plugin.plugin  # noqa: F401
from skd_plugin.data import SentenceReader
from skd_plugin.inputs.vector_file import Vectors, write_vectors

SENTENCES = [["Anna", "moved", "to", "Oslo", "."], ["Oslo", "moved"], ["to", "Oslo", "to", "OSLO", "Anna's", "🙂"]]
PIECES = ["[UNK]", "anna", "mov", "##ed", "to", "os", "##lo", "'", "s", "."]
DIM = 4
READER: Dict[str, Any] = {"type": "skd_conll_ner", "token_indexers": {"words": {"type": "skd_word_features"}}}


def tokenizer() -> Tokenizer:
    made = Tokenizer(models.WordPiece({piece: index for index, piece in enumerate(PIECES)}, unk_token="[UNK]"))
    made.normalizer = normalizers.BertNormalizer(lowercase=True)
    made.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    return made


def piece_file(folder: Path) -> str:
    """A file of a vector for each of `PIECES`."""
    path = folder / "pieces.safetensors"
    table = torch.randn(len(PIECES), DIM, generator=torch.Generator().manual_seed(1))
    write_vectors(Vectors(table, [], tokenizer().to_str()), path)
    return str(path)


def word_file(folder: Path, *lines: str) -> str:
    """A file of vectors in the text format of GloVe."""
    path = folder / "words.txt"
    path.write_text("".join(f"{line}\n" for line in lines or ("oslo 3 0", "Anna 0 4", "anna 1 1")), encoding="utf-8")
    return str(path)


def reader() -> SentenceReader:
    return cast(SentenceReader, DatasetReader.from_params(Params(json.loads(json.dumps(READER)))))


def counted(made_by: SentenceReader, labels: str = "O") -> Vocabulary:
    """The vocabulary of the sentences, whose words all have one of the labels in turn."""
    tags = [[labels.split()[index % len(labels.split())] for index in range(len(words))] for words in SENTENCES]
    instances = [made_by.text_to_instance(words, row) for words, row in zip(SENTENCES, tags)]
    for instance in instances:
        made_by.apply_token_indexers(instance)
    return Vocabulary.from_instances(instances)


def section(pretrained_file: Optional[str]) -> Dict[str, Any]:
    vectors = {} if pretrained_file is None else {"vectors": {"pretrained_file": pretrained_file, "output_dim": 5}}
    sizes = {"word_dim": 6, "feature_dim": 3, "output_dim": 7}
    embedder = {"type": "skd_word_features", **sizes, **vectors}
    return {
        "type": "skd_maxent_tagger",
        "text_field_embedder": {"token_embedders": {"words": embedder}},
        "encoder": {"type": "skd_bilstm", "hidden_size": 3},
    }


def model(vocab: Vocabulary, pretrained_file: Optional[str] = None) -> Model:
    torch.manual_seed(0)
    return Model.from_params(Params(section(pretrained_file)), vocab=vocab).eval()


def archive(made: Model, folder: Path, pretrained_file: Optional[str]) -> Path:
    """The model as `allennlp train` archives it, with a config that names the file of its vectors."""
    folder.mkdir()
    config = {"dataset_reader": READER, "model": section(pretrained_file)}
    (folder / "config.json").write_text(json.dumps(config))
    (folder / "meta.json").write_text('{"version": "2.10.1"}')
    torch.save(made.state_dict(), folder / "best.th")
    made.vocab.save_to_files(str(folder / "vocabulary"))
    archive_model(str(folder))
    return folder / "model.tar.gz"


def embedded(made: Model, made_by: SentenceReader, sentences: List[List[str]]) -> List[torch.Tensor]:
    """The vectors of the words of each sentence, from one batch."""
    from skd_plugin.serving.model.indexing import Sentence, index_sentences

    tokens = index_sentences([Sentence(words) for words in sentences], made_by, made.vocab).tokens
    vectors = made.text_field_embedder(tokens)
    return [row[: len(words)] for row, words in zip(vectors, sentences)]
