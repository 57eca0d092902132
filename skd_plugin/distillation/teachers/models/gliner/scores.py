"""Span scores of a GLiNER for words as they are given."""

from typing import Iterable, Iterator, List, NamedTuple, Optional, Sequence

import numpy as np
import torch
from allennlp.common.checks import ConfigurationError
from numpy.typing import NDArray
from torch import Tensor

from skd_plugin.distillation.teachers.model import Words
from skd_plugin.distillation.teachers.models.gliner.files import CONFIG, GlinerFiles
from skd_plugin.distillation.teachers.models.gliner.loading import load_gliner
from skd_plugin.distillation.teachers.models.gliner.windows import Window, span_windows
from skd_plugin.distillation.teachers.models.positions import positions_of

# GLiNER needs some hundred kilobytes of memory for the spans that begin at a word.
_WORDS_AT_ONCE = 1024


class GlinerScores:
    """
    Scores sentences: the logits of GLiNER, shape (batch, n, width, type). `[b, i, w, t]` is that of the w + 1 words
    from i on as a t.

    GLiNER itself would drop words of sentences that are too long, and would take a word without word pieces for its
    neighbour. Long sentences are read in windows here. Words without word pieces are read as unknown ones, and so are,
    in long sentences, words of so many pieces that a window would not have room for a wide span of such words.

    # Parameters

    files : `GlinerFiles`
    types : `Sequence[str]`
        What it is asked for.
    max_width : `Optional[int]`
        The largest number of words of a span; the model's own if None.
    name : `str`
        What messages call it.
    device : `torch.device`
    """

    def __init__(
        self, files: GlinerFiles, types: Sequence[str], max_width: Optional[int], name: str, device: torch.device
    ) -> None:
        self._name = name
        self._types = list(types)
        self._gliner = load_gliner(files, name, device)
        self._collate = self._gliner.create_collator()
        self._tokenizer = self._gliner.data_processor.transformer_tokenizer
        if not self._tokenizer.is_fast:
            raise ConfigurationError(
                f"The GLiNER {name} has a tokenizer that does not say which word a piece is of "
                f"({type(self._tokenizer).__name__}), expected one with a tokenizer.json. Save the model with the fast "
                "tokenizer of transformers."
            )
        self._unknown = self._tokenizer.unk_token or "?"
        self._pieces_of_unknown = self._pieces([(self._unknown,)])[0].item()
        config = self._gliner.config
        self.most_types: int = config.max_types
        self._width = self._checked_width(max_width)
        self._most_words: int = config.max_len
        self._most_pieces = self._room_for_pieces()
        self._check_types()

    def __call__(self, sentences: Sequence[Words]) -> Tensor:
        longest = max(map(len, sentences))
        width = min(self._width, longest)
        # Not what GLiNER returns, which was made in PyTorch's inference mode and could never be learned from.
        scores = torch.zeros(len(sentences), longest, width, len(self._types), device=self._gliner.device)
        for batch in _batches(self._excerpts(sentences)):
            logits = self._logits([excerpt.words for excerpt in batch])[:, :, :width, : len(self._types)]
            for row, (sentence, window, _) in zip(logits, batch):
                taken = slice(window.first - window.start, window.last - window.start)
                scores[sentence, window.first : window.last] = row[taken]
        return scores

    def _excerpts(self, sentences: Sequence[Words]) -> Iterator["_Excerpt"]:
        for sentence, (words, pieces) in enumerate(zip(sentences, self._pieces(sentences))):
            is_long = pieces.sum() > self._most_pieces
            unread = (pieces == 0) | (is_long & (pieces > self._most_pieces // self._width))
            if unread.any():
                words = tuple(self._unknown if is_unread else word for word, is_unread in zip(words, unread))
                pieces = np.where(unread, self._pieces_of_unknown, pieces)
            for window in span_windows(pieces, self._most_words, self._most_pieces, self._width):
                yield _Excerpt(sentence, window, words[window.start : window.end])

    def _logits(self, sentences: Sequence[Words]) -> Tensor:
        """
        Shape (sentence, n, the model's own width, type). Words that are written like GLiNER's mark of a type count as
        more types, behind the others.
        """
        # The entities of training data, which are not there.
        examples = [{"tokenized_text": list(words), "ner": None} for words in sentences]
        inputs = self._collate(examples, entity_types=self._types)
        lengths = [len(words) for words in sentences]
        read = inputs["words_mask"].amax(1).tolist()
        if read != lengths:
            words, count = next((words, count) for words, count in zip(sentences, read) if count != len(words))
            raise ConfigurationError(
                f"Of the {len(words)} words {' '.join(words)!r}, the GLiNER {self._name} has read {count}, so that its "
                "scores would be of other words. Its tokenizer and the versions of gliner and transformers may not "
                "belong together. Give another model, or install the versions that it was saved with."
            )
        logits: Tensor = self._gliner.run_batch(inputs).logits
        return logits

    def _pieces(self, sentences: Sequence[Words]) -> List[NDArray[np.int64]]:
        """The number of word pieces of each word."""
        # `verbose` would warn of long sentences.
        encoded = self._tokenizer(
            [list(words) for words in sentences], is_split_into_words=True, add_special_tokens=False, verbose=False
        )
        return [
            np.bincount(np.asarray(encoded.word_ids(number), dtype=np.int64), minlength=len(words))
            for number, words in enumerate(sentences)
        ]

    def _checked_width(self, max_width: Optional[int]) -> int:
        own = min(self._gliner.config.max_width, self._gliner.config.max_len)
        if max_width is not None and max_width > own:
            raise ConfigurationError(
                f"The `max_width` of the GLiNER {self._name} is {max_width}, expected at most {own}, the most words of "
                "a span that the model scores. Leave it out, or give another model."
            )
        return own if max_width is None else max_width

    def _room_for_pieces(self) -> int:
        """How many pieces of a sentence are read at once, beside the types and the special tokens."""
        prompt = self._prompt()
        taken = int(self._pieces([prompt])[0].sum()) + self._tokenizer.num_special_tokens_to_add(pair=False)
        limit = min(self._tokenizer.model_max_length, positions_of(self._gliner.model.token_rep_layer.bert_layer.model))
        # Words have several pieces; less than this would leave no room for a wide span and what is around it.
        needed = 4 * self._width
        if limit - taken < needed:
            raise ConfigurationError(
                f"The GLiNER {self._name} reads {limit} word pieces at once, of which its {len(self._types)} types "
                f"take {taken}. What is left is expected to be at least {needed}, four for each word of the widest "
                "span. Give fewer or shorter types, or a smaller `max_width`."
            )
        return int(limit - taken)

    def _prompt(self) -> Words:
        """What GLiNER reads before a sentence. It is nothing if it has an encoder of its own for the types."""
        if self._gliner.config.labels_encoder is not None:
            return ()
        [prompt], _ = self._gliner.data_processor.prepare_inputs([[]], self._types)
        return tuple(prompt)

    def _check_types(self) -> None:
        """Raises `ConfigurationError` if GLiNER would take the types for more or fewer than they are."""
        prompt = self._prompt()
        for word, pieces in zip(prompt, self._pieces([prompt])[0]):
            if not pieces:
                raise ConfigurationError(
                    f"The tokenizer of the GLiNER {self._name} has no word piece for the type {word!r}. Write it in "
                    "letters that the model knows."
                )
        found = self._logits([(self._unknown,)]).shape[-1]
        if found != len(self._types):
            raise ConfigurationError(
                f"The GLiNER {self._name} takes its {len(self._types)} types for {found}. Expected none that has its "
                f"mark of a type, {self._gliner.config.ent_token!r}. If none has, its tokenizer or its {CONFIG} is "
                "that of another model: copy or download its files again."
            )


class _Excerpt(NamedTuple):
    """Words of a sentence that are read together. The sentence is a number in its batch."""

    sentence: int
    window: Window
    words: Words


def _batches(excerpts: Iterable[_Excerpt]) -> Iterator[List[_Excerpt]]:
    """With a bounded number of words, padding included."""
    longest_first = sorted(excerpts, key=lambda excerpt: len(excerpt.words), reverse=True)
    start = 0
    while start < len(longest_first):
        end = start + max(1, _WORDS_AT_ONCE // len(longest_first[start].words))
        yield longest_first[start:end]
        start = end
