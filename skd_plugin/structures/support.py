"""What structures a parser gives probability to: any choice of heads ⊃ trees with one root ⊃ projective ones."""

from enum import IntEnum


class Support(IntEnum):
    """The larger the number, the fewer the structures."""

    HEADS = 0
    TREES = 1
    PROJECTIVE_TREES = 2

    def __str__(self) -> str:
        return ("any choice of heads", "trees with one root", "projective trees with one root")[self.value]
