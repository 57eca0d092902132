"""Teachers that other libraries have trained, as `skd_distiller` takes them."""

from pathlib import Path
from typing import Any, Dict, NamedTuple


class Foreign(NamedTuple):
    """
    A model of another library that teaches. It is a system of the task like any other, in the folder of its run.

    # Parameters

    type : `str`
        That of the teacher.
    takes : `str`
        The option that names the model.
    model : `str`
        The model in the folder of the run; `.` is the folder itself.
    options : `Dict[str, Any]`
        The other options of the teacher.
    table : `str`
        The table that trains it.
    """

    type: str
    takes: str
    model: str
    options: Dict[str, Any]
    table: str

    def teacher(self, folder: Path) -> Dict[str, Any]:
        """The teacher from this run."""
        return {"type": self.type, self.takes: str(folder / self.model), **self.options}


def spacy_pipeline(component: str, **options: Any) -> Foreign:
    """The pipeline that spaCy has trained on the labelled part."""
    return Foreign("spacy", "pipeline", "model-best", {"component": component, **options}, "spacy")
