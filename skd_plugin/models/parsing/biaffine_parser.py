"""The biaffine parser, and the distributions over head selections or trees that its scores may define."""

from typing import Any, ClassVar, Tuple, Type, Union, final

import torch
from allennlp.common import Registrable
from allennlp.data import TextFieldTensors, Vocabulary
from allennlp.models.model import Model
from allennlp.nn import InitializerApplicator
from torch import Tensor

from skd_plugin.models.gold import Metadata
from skd_plugin.models.parsing.parser import Parser
from skd_plugin.modules import Biaffine, with_root
from skd_plugin.structures import ArcFactored, BiaffineRelations, HeadSelection, NonProjectiveTree, ProjectiveTree


class ArcDistribution(Registrable):
    """
    The distribution that scores of arcs, (batch, n, n + 1), and of relations define. The latter are
    `BiaffineRelations`, or a table (batch, n, n + 1, relation).
    """

    default_implementation = "head_selection"
    kind: ClassVar[Type[ArcFactored]]

    def __call__(
        self,
        arcs: Tensor,
        relations: Union[Tensor, BiaffineRelations, None],
        mask: Tensor,
        labels: Tuple[str, ...],
    ) -> ArcFactored:
        return self.kind(arcs, relations, mask, labels)


@final
@ArcDistribution.register("head_selection")
class HeadSelections(ArcDistribution):
    """Every word chooses its head independently. Registered as an `ArcDistribution` with name "head_selection"."""

    kind = HeadSelection


@final
@ArcDistribution.register("non_projective_tree")
class NonProjectiveTrees(ArcDistribution):
    """All trees with one root. Registered as an `ArcDistribution` with name "non_projective_tree"."""

    kind = NonProjectiveTree


@final
@ArcDistribution.register("projective_tree")
class ProjectiveTrees(ArcDistribution):
    """Projective trees with one root. Registered as an `ArcDistribution` with name "projective_tree"."""

    kind = ProjectiveTree


@final
@Model.register("skd_biaffine_parser")
class BiaffineParser(Parser):
    """
    Deep biaffine attention (Dozat and Manning 2017) over head selections or over trees.

    Registered as a `Model` with name "skd_biaffine_parser".

    # Parameters

    factorization : `ArcDistribution`, optional (default = `"head_selection"`)
        What the scores define a distribution over: `head_selection`, `non_projective_tree` or `projective_tree`.
    arc_dim, relation_dim : `int`, optional (default = `400`, `100`)
        The number of features of a word as a head or as a dependent, in the scorer of arcs and in that of relations.

    See `Parser` and `StructuredModel` for the others. `dropout` is used in the scorers too.
    """

    def __init__(
        self,
        vocab: Vocabulary,
        factorization: ArcDistribution = HeadSelections(),
        arc_dim: int = 400,
        relation_dim: int = 100,
        initializer: InitializerApplicator = InitializerApplicator(),
        **kwargs: Any,
    ) -> None:
        super().__init__(vocab, **kwargs)
        self._distribution = factorization
        self.root = torch.nn.Parameter(torch.randn(self.encoded_dim))
        self.arcs = Biaffine(self.encoded_dim, arc_dim, dropout=self.dropout.p)
        self.relations = Biaffine(self.encoded_dim, relation_dim, len(self.labels), self.dropout.p)
        initializer(self)

    def untempered(self, tokens: TextFieldTensors, metadata: Metadata = None) -> ArcFactored:
        words, mask = self.encode(tokens)
        candidates = with_root(self.root, words)
        relations = BiaffineRelations(*self.relations.factors(words, candidates))
        return self._distribution(self.arcs(words, candidates), relations, mask, self.labels)
