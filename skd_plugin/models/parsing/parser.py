"""What all parsers share, whatever their distribution: gold trees, metrics and readable output."""

from abc import ABC
from typing import Any, ClassVar, Dict, List, Optional

from allennlp.data import Vocabulary

from skd_plugin.models.gold import Fields, Gold, Metadata, has_gold, names_of_unknown
from skd_plugin.models.labels import labels_of
from skd_plugin.models.parsing.metrics import ParsingMetrics
from skd_plugin.models.structured_model import StructuredModel
from skd_plugin.structures import Factorization, Tree


class Parser(StructuredModel, ABC):
    """
    The base class of all parsers. They read words, and tags only if a token indexer does.

    # Parameters

    label_namespace : `str`, optional (default = `"relation_labels"`)
        The vocabulary's namespace of the relations. It has to be the reader's.

    See `StructuredModel` for the others.
    """

    default_predictor = "skd_parser"
    scored_words: ClassVar[int] = 2

    def __init__(self, vocab: Vocabulary, label_namespace: str = "relation_labels", **kwargs: Any) -> None:
        super().__init__(vocab, **kwargs)
        self.labels = labels_of(vocab, label_namespace)
        self._metrics = ParsingMetrics(self.labels)

    def gold(self, factorization: Factorization, fields: Fields, metadata: Metadata = None) -> Optional[Gold]:
        """From `heads` and `relations`, shape (batch, n). An arc may be gold without its relation."""
        if "heads" not in fields:
            return None
        sentences = has_gold(fields["heads"])
        tree = Tree(fields["heads"].clamp(min=0), fields["relations"].clamp(min=-1))
        return Gold(factorization.indicator(tree) * sentences.float(), sentences)

    def decode(self, factorization: Factorization, fields: Fields, metadata: Metadata) -> Dict[str, Any]:
        """The best tree with one root: `heads` (0 is ROOT) and `relations`, ids (batch, n); `conllu`, its lines."""
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
        """Words, their heads (counted from 1, 0 is ROOT), and relations as strings, without padding."""
        output = {key: value for key, value in output_dict.items() if key in ("words", "conllu")}
        if "heads" in output_dict:
            lengths: List[int] = output_dict["mask"].sum(1).tolist()
            output["heads"] = [row[:n] for row, n in zip(output_dict["heads"].tolist(), lengths)]
            rows = zip(output_dict["relations"].tolist(), lengths)
            output["relations"] = [[self.labels[relation] for relation in row[:n]] for row, n in rows]
        return output

    def _score(self, tree: Tree, fields: Fields, factorization: Factorization, metadata: Any) -> None:
        rows = has_gold(fields["heads"])
        sentences = [metadata[row] for row in rows.nonzero().flatten().tolist()]
        predicted = Tree(tree.heads[rows], None if tree.relations is None else tree.relations[rows])
        gold = Tree(fields["heads"][rows], fields["relations"][rows])
        names = names_of_unknown(fields["relations"][rows], sentences, "relations")
        words = [sentence["words"] for sentence in sentences]
        self._metrics(predicted, gold, factorization.mask[rows], words, names)
