"""A parser: gold trees, metrics and readable output, whatever the distribution over trees."""

from abc import ABC
from typing import Any, Dict, List, Optional

from allennlp.data import Vocabulary

from skd_plugin.models.gold import Fields, Gold, Metadata, known_sentences
from skd_plugin.models.labels import labels_of
from skd_plugin.models.parsing.metrics import ParsingMetrics
from skd_plugin.models.structured_model import StructuredModel
from skd_plugin.structures import Factorization, Tree


class Parser(StructuredModel, ABC):
    """
    The shared part of all parsers. They read words, and tags only if a token indexer does.

    # Parameters

    label_namespace : `str`, optional (default = `"relation_labels"`)
        The vocabulary namespace of the relations, the same as the reader's.

    See `StructuredModel` for the others.
    """

    default_predictor = "skd_parser"

    def __init__(self, vocab: Vocabulary, label_namespace: str = "relation_labels", **kwargs: Any) -> None:
        super().__init__(vocab, **kwargs)
        self.labels = labels_of(vocab, label_namespace)
        self._metrics = ParsingMetrics(self.labels)

    def gold(self, factorization: Factorization, fields: Fields, metadata: Metadata = None) -> Optional[Gold]:
        """From `heads` and `relations`, shape (batch, n); −1 as the relation alone is one that nobody knows."""
        if "heads" not in fields:
            return None
        known = known_sentences(fields["heads"])
        tree = Tree(fields["heads"].clamp(min=0), fields["relations"])
        return Gold(factorization.indicator(tree) * known.float(), known)

    def decode(self, factorization: Factorization, fields: Fields, metadata: Metadata) -> Dict[str, Any]:
        """`heads`, 0 for ROOT, and `relations`, as ids: a tree with one root; `conllu`, the input's lines."""
        tree: Tree = factorization.argmax
        if "heads" in fields and metadata is not None:
            self._score(tree, fields, factorization, metadata)
        output: Dict[str, Any] = {"heads": tree.heads, "relations": tree.relations}
        if metadata is not None:
            output["conllu"] = [sentence.get("conllu") or [] for sentence in metadata]
        return output

    def get_metrics(self, reset: bool = False) -> Dict[str, float]:
        return {**self._metrics.get(reset), **super().get_metrics(reset)}

    def make_output_human_readable(self, output_dict: Dict[str, Any]) -> Dict[str, Any]:
        """Words, their heads (counted from 1, 0 is ROOT) and relations as strings; without padding."""
        readable = {key: value for key, value in output_dict.items() if key in ("words", "conllu")}
        if "heads" in output_dict:
            lengths: List[int] = output_dict["mask"].sum(1).tolist()
            readable["heads"] = [row[:n] for row, n in zip(output_dict["heads"].tolist(), lengths)]
            rows = zip(output_dict["relations"].tolist(), lengths)
            readable["relations"] = [[self.labels[relation] for relation in row[:n]] for row, n in rows]
        return readable

    def _score(self, tree: Tree, fields: Fields, factorization: Factorization, metadata: Any) -> None:
        known = known_sentences(fields["heads"])
        words = [sentence["words"] for sentence, has_gold in zip(metadata, known.tolist()) if has_gold]
        predicted = Tree(tree.heads[known], None if tree.relations is None else tree.relations[known])
        gold = Tree(fields["heads"][known], fields["relations"][known])
        self._metrics(predicted, gold, factorization.mask[known], words)
