"""What `allennlp skd-doctor` looks at before a training: the environment, and what a config would train."""

from skd_plugin.doctor.console import as_lines, summary
from skd_plugin.doctor.examination import examine
from skd_plugin.doctor.finding import LEVELS, Finding, Section

__all__ = ["LEVELS", "Finding", "Section", "as_lines", "examine", "summary"]
