"""
The models that can teach, each registered as a `TeacherModel`.

- `archive`: an archive of this plugin
"""

from skd_plugin.distillation.teachers.models.archive import ArchivedModel

__all__ = ["ArchivedModel"]
