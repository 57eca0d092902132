"""Findings are collected with what stops them and what is logged meanwhile."""

import logging

import pytest
from allennlp.common.checks import ConfigurationError

from skd_plugin.doctor.collecting import collected, refusal
from skd_plugin.doctor.finding import Finding

GOOD = Finding("ok", "good")


def findings(error=None):
    yield GOOD
    logging.getLogger("skd_plugin.somewhere").warning("look at %s", "this")
    logging.getLogger("skd_plugin.somewhere").warning("look at %s", "this")
    logging.getLogger("skd_plugin.somewhere").info("nothing")
    logging.getLogger("allennlp.somewhere").warning("patience was set to None")
    if error is not None:
        raise error


def test_warnings_of_this_plugin_are_findings_once():
    root = logging.getLogger()
    before = root.handlers[:], root.level
    assert collected("Data", findings()) == ("Data", [GOOD, Finding("warning", "look at this")])
    assert (root.handlers, root.level) == before


def test_a_refusal_is_the_last_finding():
    section = collected("Data", findings(ConfigurationError("No file. Name one.")))
    assert section.findings[:2] == [GOOD, Finding("error", "No file. Name one.")]


def test_other_errors_pass_unless_they_are_expected():
    with pytest.raises(KeyError):
        collected("Data", findings(KeyError("x")))
    assert collected("Data", findings(KeyError("x")), (KeyError,)).findings[1] == refusal(KeyError("x"))


def test_an_error_of_another_library_is_named():
    finding = refusal(OSError("no\n   network"))
    assert finding.text == "OSError: no network" and "`allennlp train` stops with the same error" in finding.remedy
