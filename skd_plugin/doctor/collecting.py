"""Findings of one thing, with what stops it and what it warns of."""

import logging
import os
from contextlib import contextmanager
from typing import Iterable, Iterator, List, Tuple, Type

from allennlp.common.checks import ConfigurationError

from skd_plugin.doctor.finding import Finding, Section


def collected(
    title: str, findings: Iterable[Finding], stops: Tuple[Type[Exception], ...] = (ConfigurationError,)
) -> Section:
    """
    What is found. If one of the exceptions in `stops` ends it, this is the last finding. What is logged as a warning
    meanwhile is a finding, too.
    """
    found: List[Finding] = []
    with warnings_as_findings() as warnings:
        try:
            found.extend(findings)
        except stops as error:
            found.append(refusal(error))
    return Section(title, found + warnings)


def refusal(error: Exception) -> Finding:
    """An error that stops `allennlp train`, as a finding."""
    if isinstance(error, ConfigurationError):
        return Finding("error", str(error.message))
    text = f"{type(error).__name__}: {' '.join(str(error).split())}"
    return Finding("error", text, "`allennlp train` stops with the same error, and shows where it comes from.")


@contextmanager
def warnings_as_findings() -> Iterator[List[Finding]]:
    """Inside, what is logged stays off the screen, and warnings of this plugin become findings."""
    findings: List[Finding] = []
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    if not os.environ.get("ALLENNLP_DEBUG"):
        root.handlers, root.level = [], logging.WARNING
    root.addHandler(_Collector(findings))
    try:
        yield findings
    finally:
        root.handlers, root.level = handlers, level


class _Collector(logging.Handler):
    def __init__(self, findings: List[Finding]) -> None:
        super().__init__(logging.WARNING)
        # AllenNLP warns in every training, and of what is right, such as training without `patience`.
        self.addFilter(logging.Filter("skd_plugin"))
        self._findings = findings

    def emit(self, record: logging.LogRecord) -> None:
        finding = Finding("warning", record.getMessage())
        if finding not in self._findings:
            self._findings.append(finding)
