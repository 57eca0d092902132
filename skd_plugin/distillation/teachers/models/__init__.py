"""
The models that can teach, each registered as a `TeacherModel`.

- `archive`: an archive of this plugin
- `huggingface`: a tagger of transformers
- `spacy_pipeline`: a component of a spaCy pipeline; `spacy_components` has what each kind gives
- `gliner`: a GLiNER, which finds entities of types that are given by name
- `soft_labels`: a file of probabilities, or of n-best lists
- `word_labels`: from the labels of other libraries' taggers to those of students
- `hub_folder`: the folder of a model, from this machine or the hub
- `positions`: how many word pieces an encoder reads at once
"""

from skd_plugin.distillation.teachers.models.archive import ArchivedModel
from skd_plugin.distillation.teachers.models.gliner import GlinerModel
from skd_plugin.distillation.teachers.models.huggingface import HuggingFaceTagger
from skd_plugin.distillation.teachers.models.soft_labels import SoftLabels
from skd_plugin.distillation.teachers.models.spacy_pipeline import SpacyPipeline

__all__ = ["ArchivedModel", "GlinerModel", "HuggingFaceTagger", "SoftLabels", "SpacyPipeline"]
