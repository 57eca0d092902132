"""
The models that can teach, each registered as a `TeacherModel`.

- `archive`: an archive of this plugin
- `huggingface`: a tagger of transformers
- `word_labels`: from the labels of other libraries' taggers to those of students
"""

from skd_plugin.distillation.teachers.models.archive import ArchivedModel
from skd_plugin.distillation.teachers.models.huggingface import HuggingFaceTagger

__all__ = ["ArchivedModel", "HuggingFaceTagger"]
