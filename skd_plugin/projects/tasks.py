"""What a project can be about."""

from typing import Any, Dict, NamedTuple


class Task(NamedTuple):
    """
    A kind of model, and how its data is read if nothing else is known.

    # Parameters

    model : `str`
        What the model is called.
    recipe : `str`
        The folder in `files` with the configurations of teacher and student.
    metric : `str`
        The one of the development data by which AllenNLP chooses the best epoch.
    reader : `Dict[str, Any]`
        The reader of the usual format, and its options.
    """

    model: str
    recipe: str
    metric: str
    reader: Dict[str, Any]


TASKS = {
    "ner": Task("tagger of entities", "tagger", "f1-measure-overall", {"type": "skd_conll_ner"}),
    "pos": Task("tagger of parts of speech", "tagger", "accuracy", {"type": "skd_conllu", "tags": "upos"}),
    "parser": Task("dependency parser", "parser", "LAS", {"type": "skd_dependencies"}),
}
