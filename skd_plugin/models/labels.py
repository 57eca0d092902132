"""The labels of a model: a namespace of the vocabulary, in the order of its ids."""

from typing import Tuple

from allennlp.common.checks import ConfigurationError
from allennlp.data import Vocabulary


def labels_of(vocab: Vocabulary, namespace: str, remedy: str = "") -> Tuple[str, ...]:
    """
    The labels in the order of their ids.

    Raises `ConfigurationError` if there are none, with `remedy` for what to do, and if the namespace is padded.
    """
    namespaces = sorted(vocab.get_namespaces())
    if namespace not in namespaces:
        remedy = remedy or "Train on labelled data, and give the reader and the model the same label_namespace."
        raise ConfigurationError(
            f"There are no labels in the vocabulary namespace {namespace!r}; "
            f"the vocabulary has: {', '.join(namespaces)}. {remedy}"
        )
    if vocab.is_padded(namespace):
        raise ConfigurationError(
            f"The label namespace {namespace!r} has entries for padding and for unknown labels. "
            "Give the reader and the model a label_namespace that ends in 'labels' or 'tags'."
        )
    names = vocab.get_index_to_token_vocabulary(namespace)
    return tuple(names[index] for index in range(len(names)))
