"""New projects: folders with the configurations of a teacher, a student, and the same student distilled."""

from skd_plugin.projects.project import Project
from skd_plugin.projects.tasks import TASKS

__all__ = ["TASKS", "Project"]
