"""
The models that can teach, each registered as a `TeacherModel`.

- `archive`: an archive of this plugin
- `huggingface`: a tagger of transformers
- `gliner`: a GLiNER, which finds entities of types that are given by name; the files `gliner_…` are parts of it
- `word_labels`: from the labels of other libraries' taggers to those of students
- `span_windows`: how spans of long sentences are read
- `hub_folder`: the folder of a model, from this machine or the hub
"""

from skd_plugin.distillation.teachers.models.archive import ArchivedModel
from skd_plugin.distillation.teachers.models.gliner import GlinerModel
from skd_plugin.distillation.teachers.models.huggingface import HuggingFaceTagger

__all__ = ["ArchivedModel", "GlinerModel", "HuggingFaceTagger"]
