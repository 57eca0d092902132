"""Which distribution over trees a parser's arc scores define, chosen by name in the configuration."""

from typing import ClassVar, Optional, Tuple, Type, final

from allennlp.common import Registrable
from torch import Tensor

from skd_plugin.structures import HeadSelection, NonProjectiveTree, ProjectiveTree
from skd_plugin.structures.arc_factored import ArcFactored


class ArcDistribution(Registrable):
    """From arc scores (batch, n, n + 1) and relation scores (batch, n, n + 1, relation) to a factorization."""

    default_implementation = "head_selection"
    kind: ClassVar[Type[ArcFactored]]

    def __call__(self, arcs: Tensor, relations: Optional[Tensor], mask: Tensor, labels: Tuple[str, ...]) -> ArcFactored:
        return self.kind(arcs, relations, mask, labels)


@final
@ArcDistribution.register("head_selection")
class HeadSelections(ArcDistribution):
    """Words choose their heads independently. Registered as an `ArcDistribution` with name "head_selection"."""

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
