"""
Words from a pretrained transformer, however many word pieces they have: none, or more than it can read at once.

The two classes replace AllenNLP's under the same name, so that archives of earlier versions use them too. AllenNLP's
fail for a sentence without word pieces (such as a lone zero-width space) and for one that is longer than the
transformer's table of positions. They also need the same `max_length` in both places, which nothing checks. The vectors
of all other sentences are the same.
"""

from typing import Any, Dict, List, Optional, Tuple

import torch
from allennlp.common.checks import ConfigurationError
from allennlp.data.token_indexers.pretrained_transformer_mismatched_indexer import (
    PretrainedTransformerMismatchedIndexer,
)
from allennlp.data.token_indexers.token_indexer import IndexedTokenList, TokenIndexer
from allennlp.data.tokenizers import Token
from allennlp.data.vocabulary import Vocabulary
from allennlp.modules.token_embedders.pretrained_transformer_mismatched_embedder import (
    PretrainedTransformerMismatchedEmbedder,
)
from allennlp.modules.token_embedders.token_embedder import TokenEmbedder
from allennlp.nn.util import batched_span_select
from torch import BoolTensor, LongTensor, Tensor

from skd_plugin.compat.registration import replace

NAME = "pretrained_transformer_mismatched"


@replace(TokenIndexer, NAME)
class WordPieceIndexer(PretrainedTransformerMismatchedIndexer):
    """
    The word pieces of a sentence, between the special tokens of its beginning and its end.

    Registered as a `TokenIndexer` with name "pretrained_transformer_mismatched".

    # Parameters

    model_name : `str`
    max_length : `int`, optional (default = `None`)
        As for `WordPieceEmbedder`. It is enough to give it to one of the two; if they differ, the smaller one counts.

    See `PretrainedTransformerMismatchedIndexer` for the others.
    """

    def __init__(self, model_name: str, max_length: Optional[int] = None, **kwargs: Any) -> None:
        super().__init__(model_name, **kwargs)
        _check_max_length(max_length, self._num_added_start_tokens + self._num_added_end_tokens, model_name)
        self._max_length = max_length

    def tokens_to_indices(self, tokens: List[Token], vocabulary: Vocabulary) -> IndexedTokenList:
        return {**super().tokens_to_indices(tokens, vocabulary), **self._lengths()}

    def get_empty_token_list(self) -> IndexedTokenList:
        return {**super().get_empty_token_list(), **self._lengths()}

    def _lengths(self) -> Dict[str, List[int]]:
        return {} if self._max_length is None else {"max_length": [self._max_length]}


@replace(TokenEmbedder, NAME)
class WordPieceEmbedder(PretrainedTransformerMismatchedEmbedder):
    """
    The vector of each word, from the vectors of its word pieces; zeros for a word without word pieces.

    A sentence that is too long is read in segments, each between special tokens of its own.

    Registered as a `TokenEmbedder` with name "pretrained_transformer_mismatched".

    # Parameters

    model_name : `str`
    max_length : `int`, optional (default = `None`)
        How many word pieces the transformer reads at once, with the special tokens. It is never more than the
        transformer has positions for, which is also the default.
    sub_token_mode : `str`, optional (default = `"avg"`)
        A word's vector is the average of those of its word pieces (`avg`), or that of the first (`first`).

    See `PretrainedTransformerMismatchedEmbedder` for the others.
    """

    def __init__(
        self, model_name: str, max_length: Optional[int] = None, sub_token_mode: Optional[str] = "avg", **kwargs: Any
    ) -> None:
        if sub_token_mode not in ("avg", "first"):
            raise ConfigurationError(f"`sub_token_mode` is {sub_token_mode!r}, expected 'avg' or 'first'.")
        super().__init__(model_name, sub_token_mode=sub_token_mode, **kwargs)
        pieces = self._matched_embedder
        self._special = pieces._num_added_start_tokens, pieces._num_added_end_tokens
        _check_max_length(max_length, sum(self._special), model_name)
        self._limits = [limit for limit in (max_length, _positions(pieces)) if limit is not None]

    def forward(  # type: ignore[override]  # AllenNLP's indexer folds, and has another last argument
        self,
        token_ids: LongTensor,
        mask: BoolTensor,
        offsets: LongTensor,
        wordpiece_mask: BoolTensor,
        type_ids: Optional[LongTensor] = None,
        max_length: Optional[LongTensor] = None,
    ) -> Tensor:
        """
        The vectors of the words, (batch, n, features).

        # Parameters

        token_ids : `LongTensor`
            The ids of the word pieces and the special tokens, (batch, pieces).
        mask : `BoolTensor`
            Where there are words, (batch, n).
        offsets : `LongTensor`
            The first and the last word piece of each word, (batch, n, 2); negative for a word without any.
        wordpiece_mask : `BoolTensor`
            Where there are word pieces or special tokens, (batch, pieces).
        type_ids : `LongTensor`, optional (default = `None`)
            (batch, pieces).
        max_length : `LongTensor`, optional (default = `None`)
            That of the indexer, in each row.
        """
        limits = [*self._limits, *([] if max_length is None else [int(max_length.max())])]
        pieces = self._embed(token_ids, wordpiece_mask, type_ids, min(limits, default=token_ids.shape[1]))
        of_words, in_word = batched_span_select(pieces, offsets)
        of_words = of_words.masked_fill(~in_word.unsqueeze(-1), 0.0)
        if self.sub_token_mode == "first":
            return of_words[:, :, 0]
        return of_words.sum(2) / in_word.sum(2, keepdim=True).clamp(min=1)

    def _embed(self, ids: Tensor, mask: Tensor, type_ids: Optional[Tensor], limit: int) -> Tensor:
        """The vectors of the word pieces, (batch, pieces, features), in segments if there are more than `limit`."""
        batch, width = ids.shape
        if width == 0:  # words without word pieces, and a tokenizer without special tokens
            return torch.zeros(batch, 1, self.get_output_dim(), device=ids.device)
        if width <= limit:
            return self._matched_embedder(ids, mask, type_ids=type_ids)
        rows, columns, filled, is_piece = _segments(mask.sum(1), *self._special, limit)
        segment_types = None if type_ids is None else type_ids[rows, columns]
        segments = self._matched_embedder(ids[rows, columns], filled, type_ids=segment_types)
        pieces = segments.new_zeros(batch, width, segments.shape[-1])
        pieces[rows.expand_as(columns)[is_piece], columns[is_piece]] = segments[is_piece]
        return pieces


def _segments(lengths: Tensor, start: int, end: int, limit: int) -> Tuple[Tensor, Tensor, Tensor, Tensor]:
    """
    How sentences of these lengths, which begin with `start` special tokens and end with `end`, are cut into segments.

    Returns, for the positions of each segment, the row (segments, 1) and the column (segments, limit) that is read
    there, whether it is filled, and whether it has a word piece.
    """
    size = limit - start - end
    pieces = lengths - start - end
    counts = (pieces.clamp(min=1) + size - 1) // size
    rows = torch.repeat_interleave(counts)
    number = torch.arange(len(rows), device=lengths.device) - (counts.cumsum(0) - counts)[rows]
    first = (number * size).unsqueeze(1)
    rows = rows.unsqueeze(1)
    length = (pieces[rows] - first).clamp(max=size)
    position = torch.arange(limit, device=lengths.device).expand(len(rows), limit)
    is_start = position < start
    is_piece = ~is_start & (position < start + length)
    filled = position < start + length + end
    at_end = lengths[rows] - end + position - start - length
    columns = torch.where(is_start, position, torch.where(is_piece, first + position, at_end))
    return rows, columns.masked_fill(~filled, 0), filled, is_piece


def _positions(pieces: Any) -> Optional[int]:
    """How many word pieces the transformer has positions for; None if it counts distances instead."""
    positions = getattr(pieces.config, "max_position_embeddings", None)
    if not isinstance(positions, int) or positions < 1:
        return None
    # RoBERTa and its relatives count positions from the one after the padding's.
    tables = [table for name, table in pieces.named_modules() if name.endswith("position_embeddings")]
    paddings = [getattr(table, "padding_idx", None) for table in tables]
    return positions - max((padding + 1 for padding in paddings if padding is not None), default=0)


def _check_max_length(max_length: Optional[int], special: int, model_name: str) -> None:
    if max_length is not None and max_length <= special:
        raise ConfigurationError(
            f"The `max_length` of the transformer {model_name!r} is {max_length}, expected more than its {special} "
            "special tokens. Set it to what the transformer reads at once, such as 256, or leave it out."
        )
