"""`allennlp evaluate` ends with the metrics."""

import json
import logging
from pathlib import Path
from typing import List

import pytest

from tests.commands import allennlp

pytestmark = pytest.mark.slow


def logged(caplog: pytest.LogCaptureFixture) -> List[dict]:
    """The metrics that were logged, each time."""
    messages = [record.getMessage() for record in caplog.records]
    return [json.loads(message.removeprefix("Metrics: ")) for message in messages if message.startswith("Metrics: ")]


def test_it_ends_with_the_metrics(ner_archive: Path, caplog: pytest.LogCaptureFixture):
    with caplog.at_level(logging.INFO):
        allennlp("evaluate", ner_archive, "fixtures/ner.conll")
    [metrics] = logged(caplog)
    assert metrics["f1-measure-overall"] == 1.0 and "loss" in metrics
    assert caplog.records[-1].getMessage().startswith("Metrics: ")


def test_it_says_them_once_if_it_writes_them(ner_archive: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture):
    written = tmp_path / "metrics.json"
    with caplog.at_level(logging.INFO):
        allennlp("evaluate", ner_archive, "fixtures/ner.conll", "--output-file", written)
    assert logged(caplog) == [json.loads(written.read_text())]
