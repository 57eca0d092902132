"""What every implementation but ours does with the marginals of tags: the loss of a softmax over tags at each word."""

from torch import Tensor


def tagging_loss(expected: Tensor, tagger: Tensor, mask: Tensor) -> Tensor:
    """Cross-entropy, summed over words, mean over sentences; all but the mask is (batch, n, tag)."""
    return -((expected * tagger.log_softmax(2)).sum(2) * mask).sum() / len(mask)
