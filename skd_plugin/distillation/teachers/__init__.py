"""
Teachers of a distillation.

- `teacher`: a teacher as the distiller uses it
- `model`: its trained model
- `store`, `shard`: its potentials on disk, a folder and each file in it
- `keys`: how a sentence is found there
"""
