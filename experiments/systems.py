"""The settings of a system of the experiments: a student, a teacher, or one of spaCy's own pipelines."""

from typing import Any, Dict, NamedTuple, Tuple

ANNEALED = {"type": "linear", "start": 1.0, "end": 0.0}

FORMS: Dict[str, Dict[str, Any]] = {
    "maxent": {"type": "skd_maxent_tagger"},
    "crf": {"type": "skd_crf_tagger"},
    "spans": {"type": "skd_span_ner"},
    "independent_spans": {"type": "skd_span_ner", "factorization": "independent_spans"},
    "biaffine": {"type": "skd_biaffine_parser"},
    "small_biaffine": {"type": "skd_biaffine_parser", "arc_dim": 100, "relation_dim": 30},
    "tree_crf": {"type": "skd_biaffine_parser", "factorization": "non_projective_tree"},
    "second_order": {"type": "skd_second_order_parser"},
    "tagging": {"type": "skd_tagging_parser", "encoding": "relative_offset"},
}
"""The models by a short name."""


class System(NamedTuple):
    """
    A model, how it is trained, and who teaches it.

    # Parameters

    form : `str`
        One of `FORMS`; or `spacy_ner` or `spacy_parser`, a component of spaCy; or `huggingface`, a tagger of
        transformers.
    hidden, layers, dropout : `int`, `int`, `float`
        The size of each direction of the BiLSTM, its layers, and its dropout.
    pretrained : `bool`
        Whether the BiLSTM stands on the transformer that the environment variable TRANSFORMER names.
    vectors : `str`
        The static vectors of words: `transformer`, from its input table; `transformer_128`, with twice the size; or a
        teacher of the task with its seed, from its outputs; empty for none.
    steps : `int`
        How many batches are trained on, to the nearest epoch.
    epochs : `int`
        How many epochs, where `steps` is 0.
    batch_size : `int`
    optimizer : `Dict[str, Any]`
        Options of the optimizer in place of the recipe's.
    text : `Tuple[str, ...]`
        The names of the corpus's files of text for the teachers.
    teachers : `Tuple[str, ...]`
        Teachers of the task with their seeds, such as `crf_1`. spaCy learns the best structures of the first.
    objective, interpolation, temperature
        The options of `skd_distiller`.
    alone : `str`
        The system from which the gap to the teachers is counted.
    """

    form: str
    hidden: int = 0
    layers: int = 1
    dropout: float = 0.0
    pretrained: bool = False
    vectors: str = "transformer"
    steps: int = 0
    epochs: int = 0
    batch_size: int = 32
    optimizer: Dict[str, Any] = {}
    text: Tuple[str, ...] = ()
    teachers: Tuple[str, ...] = ()
    objective: Any = "structural"
    interpolation: Any = ANNEALED
    temperature: float = 1.0
    alone: str = "alone"

    @property
    def is_spacy(self) -> bool:
        return self.form.startswith("spacy_")

    @property
    def trainer(self) -> str:
        """The module that trains a model of another library; empty if `allennlp train` does."""
        if self.is_spacy:
            return "experiments.spacy_training"
        return "experiments.huggingface_training" if self.form == "huggingface" else ""

    def taught_by(self, *teachers: str, text: Tuple[str, ...] = ("unlabelled",), **options: Any) -> "System":
        """The same system with teachers, and text for them."""
        return self._replace(teachers=teachers, text=text, **options)
