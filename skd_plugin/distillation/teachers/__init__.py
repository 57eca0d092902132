"""
Teachers of a distillation.

- `teacher`: a teacher as the distiller uses it
- `model`: what a model has to be able to do to teach
- `models`: the models that can
- `label_map`: what their labels are called for the student
- `store`, `shard`: its potentials on disk, a folder and each file in it
- `keys`: how a sentence is found there
"""
