"""The second-order parser, which scores arcs, siblings and grandparents."""

from typing import Any, ClassVar, final

import torch
from allennlp.data import TextFieldTensors, Vocabulary
from allennlp.models.model import Model
from allennlp.nn import InitializerApplicator

from skd_plugin.models.gold import Metadata
from skd_plugin.models.parsing.parser import Parser
from skd_plugin.modules import Biaffine, Trilinear, with_root
from skd_plugin.structures import BiaffineRelations, SecondOrder


@final
@Model.register("skd_second_order_parser")
class SecondOrderParser(Parser):
    """
    Mean-field second-order parsing, trained end to end (Wang and Tu 2020). Its memory is O(n³) for n words.

    Registered as a `Model` with name "skd_second_order_parser".

    # Parameters

    arc_dim, relation_dim : `int`, optional (default = `400`, `100`)
        The number of features of a word as a head or as a dependent, in the scorer of arcs and in that of relations.
    rank : `int`, optional (default = `100`)
        The rank of the scores of siblings and grandparents.
    iterations : `int`, optional (default = `3`)
        The number of iterations of mean field.

    See `Parser` and `StructuredModel` for the others. `dropout` is used in the scorers too.
    """

    scored_words: ClassVar[int] = 3

    def __init__(
        self,
        vocab: Vocabulary,
        arc_dim: int = 400,
        relation_dim: int = 100,
        rank: int = 100,
        iterations: int = 3,
        initializer: InitializerApplicator = InitializerApplicator(),
        **kwargs: Any,
    ) -> None:
        super().__init__(vocab, **kwargs)
        self._iterations = iterations
        dropout = self.dropout.p
        self.root = torch.nn.Parameter(torch.randn(self.encoded_dim))
        self.arcs = Biaffine(self.encoded_dim, arc_dim, dropout=dropout)
        self.relations = Biaffine(self.encoded_dim, relation_dim, len(self.labels), dropout)
        self.siblings = Trilinear(self.encoded_dim, rank, dropout, symmetric=True)
        self.grandparents = Trilinear(self.encoded_dim, rank, dropout)
        initializer(self)

    def untempered(self, tokens: TextFieldTensors, metadata: Metadata = None) -> SecondOrder:
        words, mask = self.encode(tokens)
        candidates = with_root(self.root, words)
        return SecondOrder(
            self.arcs(words, candidates),
            self.siblings(words, candidates, words),
            self.grandparents(words, candidates, candidates),
            BiaffineRelations(*self.relations.factors(words, candidates)),
            mask,
            self.labels,
            self._iterations,
        )
