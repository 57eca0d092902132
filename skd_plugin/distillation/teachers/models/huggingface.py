"""A tagger of Hugging Face's transformers as a teacher: any model for token classification, of words."""

from pathlib import Path
from typing import Any, Dict, List, Literal, NamedTuple, Optional, Sequence

import numpy as np
import torch
from allennlp.common.checks import ConfigurationError
from numpy.typing import NDArray
from torch import Tensor

from skd_plugin.archives.pretrained.guard import confine_to
from skd_plugin.compat.configuration import check_option
from skd_plugin.data.tags.conversion import ENTITY_TYPE
from skd_plugin.distillation.teachers.model import TeacherModel, Words, digest_of_files
from skd_plugin.distillation.teachers.models.hub_folder import hub_folder, is_on_hub
from skd_plugin.distillation.teachers.models.positions import UNLIMITED, positions_of
from skd_plugin.distillation.teachers.models.word_labels import Scheme, WordLabels
from skd_plugin.structures import ConstrainedChain, Factorization

Aggregation = Literal["first", "mean"]

# Code and pickles are never fetched.
_PATTERNS = ("*.json", "*.txt", "*.model", "*.safetensors")
_WEIGHTS = "*.safetensors"
_ARCHITECTURE = "ForTokenClassification"
_MOST_PIECES = 512
# Below this mean probability, the model's tags are probably not those of the scheme.
_SUSPICIOUS = 0.5


@TeacherModel.register("huggingface")
class HuggingFaceTagger(TeacherModel):
    """
    A model for token classification (`AutoModelForTokenClassification`). Each word has a softmax over the model's
    labels, and `WordLabels` says which distribution over the student's tags that is.

    Words are read as they are given, each as the pieces that the model's tokenizer makes of it. A sentence with more
    pieces than the model has positions is read in windows that overlap by half, and each word is taken from the window
    in whose middle it is. A word of which the tokenizer makes nothing is read as an unknown word.

    Weights are read from safetensors files only, and no code from files is run.

    Registered as a `TeacherModel` with name "huggingface".

    # Parameters

    model : `str`
        A folder with a model and its tokenizer, or a name on the hub. What the hub's cache has is used without network.
    revision : `str`, optional (default = `None`)
        A commit, tag or branch on the hub.
    aggregation : `str`, optional (default = `"first"`)
        `first` takes the distribution of a word from its first piece, on which most taggers are trained; `mean` takes
        the mean of those of its pieces.

    The other parameters say what the model's labels stand for, if their names do not; see `WordLabels`.
    """

    scored_words = 2

    def __init__(
        self,
        model: str,
        revision: Optional[str] = None,
        aggregation: Aggregation = "first",
        tags: Optional[Dict[str, Optional[str]]] = None,
        scheme: Optional[Scheme] = None,
        entity_type: str = ENTITY_TYPE,
    ) -> None:
        check_option("aggregation", aggregation, Aggregation)
        if scheme is not None:
            check_option("scheme", scheme, Scheme)
        self._name = model
        self._revision = revision
        self._aggregation = aggregation
        self._tags, self._scheme, self._entity_type = tags or {}, scheme, entity_type
        self._device = torch.device("cpu")
        self._folder: Optional[Path] = None
        if not is_on_hub(model):
            self._found()

    @property
    def name(self) -> str:
        return self._name if self._revision is None else f"{self._name}@{self._revision}"

    def fingerprint(self) -> str:
        """A digest of the model's files and of the options."""
        folder = self._found()
        files = sorted(path for pattern in _PATTERNS for path in folder.glob(pattern))
        try:
            return digest_of_files(
                files, self._aggregation, sorted(self._tags.items()), self._scheme, self._entity_type
            )
        except OSError as error:
            raise ConfigurationError(
                f"The teacher {self.name} cannot be read ({error}). Give a folder whose files can be read."
            ) from error

    def load(self, device: torch.device) -> None:
        from transformers import AutoConfig, AutoModelForTokenClassification, AutoTokenizer

        folder = str(self._found())
        options: Dict[str, Any] = {"trust_remote_code": False, "local_files_only": True}
        try:
            with confine_to(folder):
                config = AutoConfig.from_pretrained(folder, **options)
                self._check_architecture(config)
                model, found = AutoModelForTokenClassification.from_pretrained(
                    folder, config=config, use_safetensors=True, output_loading_info=True, **options
                )
                tokenizer = AutoTokenizer.from_pretrained(folder, **options)
                if not getattr(tokenizer, "add_prefix_space", True):
                    # Otherwise words that are given one by one would not be what they are in a text.
                    tokenizer = AutoTokenizer.from_pretrained(folder, add_prefix_space=True, **options)
        except ConfigurationError:
            raise
        except Exception as error:
            raise ConfigurationError(
                f"The teacher {self.name} is not loaded ({type(error).__name__}: {error}). Expected a folder, or a "
                "name on the hub, that AutoModelForTokenClassification loads without code of its own."
            ) from error
        if found["missing_keys"]:
            raise ConfigurationError(
                f"The teacher {self.name} has no weights for {', '.join(sorted(found['missing_keys'])[:3])}, so it was "
                "not trained as a tagger. Give a model that was fine-tuned for token classification."
            )
        if not tokenizer.is_fast:
            raise ConfigurationError(
                f"The tokenizer of teacher {self.name} is a {type(tokenizer).__name__}, which does not say which "
                "pieces belong to which word. Give a model with a fast tokenizer (a tokenizer.json)."
            )
        names = [config.id2label[index] for index in range(config.num_labels)]
        self._labels = WordLabels(names, self.name, self._tags, self._scheme, self._entity_type)
        self._model = model.float().eval().to(device)
        self._tokenizer = tokenizer
        self._most_pieces = _most_pieces(model, tokenizer)
        self._device = device

    def factorize(self, sentences: Sequence[Words]) -> Factorization:
        pieces = self._pieces(sentences)
        windows = [window for number, of_sentence in enumerate(pieces) for window in self._windows(number, of_sentence)]
        # Shape: (window, piece, label)
        logits = self._logits(windows).float()
        n = max(map(len, sentences))
        scores = self._of_words(logits.log_softmax(-1), windows, len(sentences), n)
        lengths = torch.tensor(list(map(len, sentences)), device=self._device)
        mask = torch.arange(n, device=self._device) < lengths.unsqueeze(1)
        distribution = self._labels.distribution(scores, mask)
        if isinstance(distribution, ConstrainedChain):
            self._warn_of_ill_formed_tags(distribution)
        return distribution

    def _pieces(self, sentences: Sequence[Words]) -> List["_Pieces"]:
        words = [list(sentence) for sentence in sentences]
        found = self._tokenized(words)
        without = [
            (number, word)
            for number, pieces in enumerate(found)
            for word in set(range(len(words[number]))).difference(pieces.words.tolist())
        ]
        unknown = self._tokenizer.unk_token
        if without and unknown is not None:
            for number, word in without:
                words[number][word] = unknown
            found = self._tokenized(words)
        return found

    def _tokenized(self, sentences: Sequence[List[str]]) -> List["_Pieces"]:
        encoded = self._tokenizer(sentences, is_split_into_words=True, verbose=False)
        inputs = [name for name in self._tokenizer.model_input_names if name in encoded]
        return [
            _Pieces(
                {name: np.array(encoded[name][number]) for name in inputs},
                np.array([-1 if word is None else word for word in encoded.word_ids(number)]),
            )
            for number in range(len(sentences))
        ]

    def _windows(self, sentence: int, pieces: "_Pieces") -> List["_Window"]:
        """The windows of a sentence: one, if it has no more pieces than the model has positions."""
        words, first = np.unique(pieces.words, return_index=True)
        words, first = words[words >= 0], first[words >= 0]
        positions = np.arange(len(pieces.words))
        if len(positions) <= self._most_pieces:
            return [_Window(sentence, pieces, positions, words, first)]
        content = positions[pieces.words >= 0]
        begin, end = int(content[0]), int(content[-1]) + 1
        size = self._most_pieces - begin - (len(positions) - end)
        starts = np.arange(begin, end - size, size // 2)
        starts = np.append(starts, end - size)
        # How far each word is from the nearer edge of each window at which the sentence goes on. (window, word)
        left = np.where(starts == begin, len(positions), 0)[:, None] + first - starts[:, None]
        right = np.where(starts + size == end, len(positions), 0)[:, None] + starts[:, None] + size - 1 - first
        best = np.minimum(left, right).argmax(0)
        return [
            _Window(
                sentence,
                pieces,
                np.concatenate([positions[:begin], positions[start : start + size], positions[end:]]),
                words[best == number],
                first[best == number] - (start - begin),
            )
            for number, start in enumerate(starts)
        ]

    def _logits(self, windows: Sequence["_Window"]) -> Tensor:
        longest = max(len(window.positions) for window in windows)
        inputs = {}
        for name in windows[0].pieces.inputs:
            filling = self._tokenizer.pad_token_id or 0 if name == "input_ids" else 0
            rows = np.full((len(windows), longest), filling)
            for row, window in zip(rows, windows):
                row[: len(window.positions)] = window.pieces.inputs[name][window.positions]
            inputs[name] = torch.from_numpy(rows).to(self._device)
        logits: Tensor = self._model(**inputs).logits
        return logits

    def _of_words(self, of_pieces: Tensor, windows: Sequence["_Window"], batch: int, n: int) -> Tensor:
        """Log-probabilities of words, shape (batch, n, label); 0 on padding."""
        used = [window.used(self._aggregation) for window in windows]
        rows = np.repeat(np.arange(len(windows)), [len(one.columns) for one in used])
        columns = np.concatenate([one.columns for one in used])
        words = np.concatenate([window.sentence * n + one.words for window, one in zip(windows, used)])
        target = torch.from_numpy(words).to(self._device)
        chosen = of_pieces[torch.from_numpy(rows).to(self._device), torch.from_numpy(columns).to(self._device)]
        result = chosen.new_zeros(batch * n, chosen.shape[1])
        if self._aggregation == "first":
            return result.index_copy(0, target, chosen).view(batch, n, -1)
        counts = chosen.new_zeros(batch * n).index_add(0, target, torch.ones_like(target, dtype=chosen.dtype))
        means = result.index_add(0, target, chosen.exp()) / counts.clamp(min=1).unsqueeze(-1)
        return means.masked_fill((counts == 0).unsqueeze(-1), 1.0).log().view(batch, n, -1)

    def _warn_of_ill_formed_tags(self, distribution: ConstrainedChain) -> None:
        # The emissions are log-probabilities, so log Z is the log-probability that the tags are well-formed.
        per_word = (distribution.log_partition / distribution.lengths.clamp(min=1)).exp().mean()
        if per_word < _SUSPICIOUS:
            self.say_once(
                f"The teacher {self.name} gives most of its probability to tags that are no {self._labels.scheme}. Its "
                "labels may be of another `scheme`, such as IOB1, or stand for other `tags` than their names say."
            )

    def _found(self) -> Path:
        """The folder of the model, which is looked for once. Raises `ConfigurationError`."""
        if self._folder is None:
            folder = hub_folder(self._name, self._revision, _PATTERNS)
            self._check_files(folder)
            self._folder = folder
        return self._folder

    def _check_files(self, folder: Path) -> None:
        if not (folder / "config.json").is_file():
            raise ConfigurationError(
                f"The folder {self.name} has no config.json, expected a model and its tokenizer, as `save_pretrained` "
                "writes them."
            )
        if not any(folder.glob(_WEIGHTS)):
            raise ConfigurationError(
                f"The teacher {self.name} has no weights in safetensors. Other files are pickles, which may run code. "
                "If you trust whoever made it, load it with transformers and write it with `save_pretrained` into a "
                "folder, and give that."
            )

    def _check_architecture(self, config: Any) -> None:
        architectures = config.architectures or []
        if not any(name.endswith(_ARCHITECTURE) for name in architectures):
            raise ConfigurationError(
                f"The teacher {self.name} is a {', '.join(architectures) or config.model_type}, expected a model for "
                "token classification (…ForTokenClassification). Fine-tune it as a tagger first, or give one that is."
            )


class _Pieces(NamedTuple):
    """A sentence as pieces: the model's inputs by name, and the word of each piece; −1 for special ones."""

    inputs: Dict[str, NDArray[np.int64]]
    words: NDArray[np.int64]


class _Used(NamedTuple):
    """The pieces from which the words of a window are taken: their columns in the window, and their words."""

    columns: NDArray[np.int64]
    words: NDArray[np.int64]


class _Window(NamedTuple):
    """
    Some pieces of a sentence.

    # Parameters

    sentence : `int`
        Its number in the batch.
    pieces : `_Pieces`
        Of the whole sentence.
    positions : `NDArray[np.int64]`
        Those of the window.
    words : `NDArray[np.int64]`
        The words that are taken from this window.
    first : `NDArray[np.int64]`
        For each of them the column of its first piece in the window.
    """

    sentence: int
    pieces: _Pieces
    positions: NDArray[np.int64]
    words: NDArray[np.int64]
    first: NDArray[np.int64]

    def used(self, aggregation: Aggregation) -> _Used:
        if aggregation == "first":
            return _Used(self.first, self.words)
        owners = self.pieces.words[self.positions]
        [columns] = np.isin(owners, self.words).nonzero()
        return _Used(columns, owners[columns])


def _most_pieces(model: torch.nn.Module, tokenizer: Any) -> int:
    """How many pieces the model reads at once."""
    most = min(positions_of(model), tokenizer.model_max_length)
    # A model that counts distances has read texts of some hundred pieces when it was trained.
    return _MOST_PIECES if most >= UNLIMITED else int(most)
