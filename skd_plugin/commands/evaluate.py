"""Lets `allennlp evaluate` end with the metrics. AllenNLP logs them only if it also writes them to a file."""

import functools
from typing import Any, Dict

from allennlp.commands import evaluate
from allennlp.common.util import dump_metrics


def log_metrics() -> None:
    """
    Wraps the function that `allennlp evaluate` calls.

    The command itself cannot be replaced: AllenNLP imports plugins after it has set up its own commands.
    """
    evaluate_quietly = evaluate.evaluate_from_archive

    @functools.wraps(evaluate_quietly)
    def evaluate_from_archive(*arguments: Any, **options: Any) -> Dict[str, Any]:
        metrics = evaluate_quietly(*arguments, **options)
        is_written = len(arguments) > 2 or options.get("metrics_output_file") is not None
        if not is_written:
            dump_metrics(None, metrics, log=True)
        return metrics

    evaluate.evaluate_from_archive = evaluate_from_archive


log_metrics()
