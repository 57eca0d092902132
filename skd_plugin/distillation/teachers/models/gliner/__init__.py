"""
A GLiNER as a teacher.

- `model`: the teacher with its options
- `files`: where its files are, and which are refused
- `loading`: the model of the package gliner
- `scores`: its scores of spans, for words as they are given
- `windows`: how long sentences are read
"""

from skd_plugin.distillation.teachers.models.gliner.model import GlinerModel

__all__ = ["GlinerModel"]
