"""
Files of labels with their probabilities as teachers, and their writing. docs/soft_labels.md describes the format.

- `teacher`: the file as a teacher
- `labelled_file`: where each sentence is in it
- `records`, `choices`: what a line has
- `tags`, `spans`, `heads`, `n_best`: its forms, and the distributions that they are
- `writing`: any teacher's distributions in this format
"""

from skd_plugin.distillation.teachers.models.soft_labels.teacher import SoftLabels

__all__ = ["SoftLabels"]
