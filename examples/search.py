"""
Searches λ, T, dropout and the number of epochs of a distilled student, with optuna.

    python search.py distilled_student.jsonnet --folder runs/search

Copy this file, and change `space`: it says what is searched. Everything else is `allennlp train` with overrides, each
in a folder of its own. The score is that of the config's `validation_metric` on a development split: one sentence in
ten of the labelled training data, held out, or the file that --dev names. The config's own validation data is not read,
nor is its test data, so they can judge the result.

The same command goes on after an interruption: what was trained is kept, and a training that was killed is resumed.
"""

import argparse
import hashlib
import json
import math
import statistics
import subprocess
import sys
from pathlib import Path
from typing import Any, Dict, List, NamedTuple, Optional

import optuna
from allennlp.common import Params
from allennlp.common.checks import ConfigurationError
from filelock import FileLock, Timeout
from optuna.trial import FrozenTrial, Trial, TrialState
from scipy.stats import ttest_ind

import skd_plugin.plugin  # noqa: F401  before a config is read
from skd_plugin.data.files.folds import write_folds

Overrides = Dict[str, Any]


def space(trial: Trial, distiller: str, epochs: int) -> Overrides:
    """
    What a trial changes in the config, as `allennlp train -o` takes it. Change it as you like.

    # Parameters

    trial : `Trial`
        Suggests values.
    distiller : `str`
        Where the distiller is in the config, such as `trainer.callbacks.0`.
    epochs : `int`
        Their number in the config.
    """
    end = trial.suggest_float("λ at the end", 0.0, 1.0, step=0.1)
    more = trial.suggest_categorical("epochs, in those of the config", [0.5, 1.0, 2.0])
    return {
        f"{distiller}.interpolation": {"type": "linear", "start": 1.0, "end": round(end, 1)},
        f"{distiller}.temperature": round(trial.suggest_float("T", 0.5, 4.0, log=True), 2),
        "model.dropout": round(trial.suggest_float("dropout", 0.0, 0.4, step=0.05), 2),
        "trainer.num_epochs": max(1, math.ceil(more * epochs)),
    }


class Failed(Exception):
    """A training has ended with an error."""


class Summary(NamedTuple):
    """The scores of a config with several seeds."""

    name: str
    scores: List[float]

    def __str__(self) -> str:
        spread = f"± {statistics.stdev(self.scores):.4f}" if len(self.scores) > 1 else ""
        return f"{self.name:24} {statistics.mean(self.scores):.4f} {spread}  ({len(self.scores)} seeds)"


class Search:
    """
    # Parameters

    config : `Path`
    folder : `Path`
        Where everything is written.
    overrides : `str`
        What is changed in the config for all trainings, in JSON.
    dev : `str`, optional
        The development split; without it, it is held out from the training data.
    part : `int`
        One sentence in so many is held out.
    prune : `bool`
        Whether hopeless trials are ended early.
    """

    def __init__(
        self,
        config: Path,
        folder: Path,
        overrides: str = "",
        dev: Optional[str] = None,
        part: int = 10,
        prune: bool = False,
    ) -> None:
        self._config, self._folder, self._prune = config, folder, prune
        content = _read(config, overrides)
        self._distiller, teachers = _distiller(content, config)
        self._epochs = int(content["trainer"].get("num_epochs", 20))  # AllenNLP's default
        self._common: Overrides = self._data(content, dev, part)
        for number, teacher in enumerate(teachers):
            # A teacher reads once for all trials: the store serves every λ and T.
            if "store" not in teacher:
                self._common[f"{self._distiller}.teachers.{number}.store"] = str(folder / "stores" / str(number))
        metric = content["trainer"].get("validation_metric", "-loss")
        if not isinstance(metric, str) or metric[:1] not in "+-":
            raise ConfigurationError(
                f"`validation_metric` is {metric!r}, expected one metric with its sign, such as '+f1-measure-overall', "
                "by which trials are compared. Set it in the config, or with -o."
            )
        self._sign, self._metric = (1 if metric[0] == "+" else -1), metric[1:]
        # What makes trials comparable.
        self._described = json.dumps([content, self._common], sort_keys=True)
        self._content = content

    def run(self, trials: int, seeds: int) -> Overrides:
        """Searches, prints what was found and how sure it is, and returns the best overrides."""
        study = self._study()
        own = self.score({})
        print(f"The config as it is: {own:.4f}", flush=True)
        finished = _finished(study)
        if finished:
            print(f"{len(finished)} of {trials} trials were finished before.")
        study.optimize(self._objective, n_trials=max(0, trials - len(finished)), catch=(Failed,))
        done = sorted(study.get_trials(states=(TrialState.COMPLETE,)), key=lambda one: -self._sign * one.value)
        if not done:
            raise ConfigurationError(f"No trial has succeeded. Their logs are in {self._folder / 'trials'}.")
        for trial in done[:5]:
            values = {name: round(one, 2) if isinstance(one, float) else one for name, one in trial.params.items()}
            print(f"{trial.value:.4f}  {json.dumps(values, ensure_ascii=False)}")
        return self._report(done[0], seeds)

    def score(self, overrides: Overrides, trial: Optional[Trial] = None) -> float:
        """The score of the config with these overrides, which is trained unless it was before. Raises `Failed`."""
        changes = json.dumps({**self._common, **overrides}, sort_keys=True)
        run = self._folder / "trials" / hashlib.sha256(changes.encode()).hexdigest()[:12]
        if not (run / "metrics.json").is_file():
            run.parent.mkdir(parents=True, exist_ok=True)
            config = self._folder / "config.json"
            config.write_text(json.dumps(self._content, indent=2), encoding="utf-8")
            command = ["train", str(config), "-s", str(run), "-o", changes]
            # A training that was killed goes on.
            self._train([*command, *(["-r"] if run.exists() else [])], run, trial)
        metrics = json.loads((run / "metrics.json").read_text(encoding="utf-8"))
        name = f"best_validation_{self._metric}"
        if name not in metrics:
            raise ConfigurationError(
                f"{run}/metrics.json has no {name}. Correct `validation_metric` in the config, or set it with -o."
            )
        return float(metrics[name])

    def _data(self, content: Dict[str, Any], dev: Optional[str], part: int) -> Overrides:
        if dev is not None:
            return {"validation_data_path": dev}
        path = content["train_data_path"]
        labelled = path["labelled"] if isinstance(path, dict) else path
        files = [labelled] if isinstance(labelled, str) else list(labelled)
        split = write_folds(files, part, self._folder / "data")[0]
        training: Any = {**path, "labelled": split.training} if isinstance(path, dict) else split.training
        return {"train_data_path": training, "validation_data_path": split.held_out}

    def _study(self) -> optuna.Study:
        study = optuna.create_study(
            storage=f"sqlite:///{self._folder / 'study.db'}",
            study_name="search",
            direction="maximize" if self._sign > 0 else "minimize",
            pruner=optuna.pruners.MedianPruner() if self._prune else optuna.pruners.NopPruner(),
            load_if_exists=True,
        )
        described = study.user_attrs.setdefault("described", self._described)
        if described != self._described:
            raise ConfigurationError(
                f"The trials in {self._folder} were made with another config, data or overrides, so they cannot be "
                "compared with new ones. Name another --folder."
            )
        study.set_user_attr("described", self._described)
        # The same seed would suggest the values of the first trials again.
        study.sampler = optuna.samplers.TPESampler(seed=len(study.trials))
        _retry_interrupted(study)
        return study

    def _objective(self, trial: Trial) -> float:
        try:
            return self.score(space(trial, self._distiller, self._epochs), trial)
        except Failed as error:
            trial.set_user_attr("error", str(error))
            raise

    def _train(self, arguments: List[str], run: Path, trial: Optional[Trial]) -> None:
        log = run.with_name(f"{run.name}.log")
        with log.open("a", encoding="utf-8") as output:
            code = run_allennlp(arguments, output, lambda: self._check_hope(run, trial))
        if code:
            raise Failed(f"{run} has ended with an error, which is at the end of {log}.")

    def _check_hope(self, run: Path, trial: Optional[Trial]) -> None:
        """Raises `TrialPruned` for a trial that is worse than half of the others after the same part of its epochs."""
        if trial is None or not self._prune:
            return
        for file in run.glob("metrics_epoch_*.json"):
            config, metrics = (json.loads(path.read_text(encoding="utf-8")) for path in (run / "config.json", file))
            epochs = config["trainer"]["num_epochs"]
            trial.report(metrics[f"validation_{self._metric}"], 100 * (metrics["epoch"] + 1) // epochs)
        if trial.should_prune():
            raise optuna.TrialPruned

    def _report(self, best: FrozenTrial, seeds: int) -> Overrides:
        overrides = space(optuna.trial.FixedTrial(best.params), self._distiller, self._epochs)
        (self._folder / "best.json").write_text(json.dumps(overrides, indent=2), encoding="utf-8")
        print(f"\nThe best of many trials looks better than it is. With {seeds} other seeds each:")
        own, found = (
            Summary(name, [self.score({**changes, **_seeds(number)}) for number in range(seeds)])
            for name, changes in (("the config as it is", {}), ("the best trial", overrides))
        )
        print(own, found, sep="\n")
        if seeds > 1 and len({*own.scores, *found.scores}) > 1:
            interval = ttest_ind(found.scores, own.scores, equal_var=False).confidence_interval()
            gain = statistics.mean(found.scores) - statistics.mean(own.scores)
            print(f"difference               {gain:+.4f}, 95 % interval {interval.low:+.4f} to {interval.high:+.4f}")
        print(
            f"\nThe best overrides are in {self._folder / 'best.json'}. To train with them:\n"
            f'  allennlp train {self._config} -s runs/searched -o "$(cat {self._folder / "best.json"})"\n'
            "They were chosen on the development split. Compare both with `allennlp skd-report`, on a file that was "
            "used for no choice."
        )
        return overrides


def run_allennlp(arguments: List[str], output: Any, check: Any) -> int:
    """Runs the command, calls `check` every second, and returns the exit status. If `check` raises, it is ended."""
    command = [sys.executable, "-m", "allennlp", *arguments]
    with subprocess.Popen(command, stdout=output, stderr=subprocess.STDOUT) as process:
        try:
            while True:
                try:
                    return process.wait(timeout=1)
                except subprocess.TimeoutExpired:
                    check()
        except optuna.TrialPruned:
            process.kill()
            raise


def _read(config: Path, overrides: str) -> Dict[str, Any]:
    """The config as the trainings have it."""
    try:
        return _without_test(Params.from_file(config, overrides).as_dict(quiet=True))
    except (OSError, RuntimeError, ValueError) as error:  # no such file, jsonnet's own, overrides that are no JSON
        raise ConfigurationError(
            f"{config} cannot be read as a config: {error}. Give one that `allennlp train` takes, and -o as JSON."
        ) from error


def _without_test(content: Dict[str, Any]) -> Dict[str, Any]:
    """The config without its test data, which AllenNLP reads in a training even if it evaluates nothing there."""
    content = {name: value for name, value in content.items() if name not in ("test_data_path", "evaluate_on_test")}
    if "datasets_for_vocab_creation" in content:
        content["datasets_for_vocab_creation"] = [
            name for name in content["datasets_for_vocab_creation"] if name != "test"
        ]
    return content


def _distiller(content: Dict[str, Any], config: Path) -> Any:
    """Where the distiller is, and its teachers."""
    for number, callback in enumerate(content.get("trainer", {}).get("callbacks", [])):
        if isinstance(callback, dict) and callback.get("type") == "skd_distiller":
            return f"trainer.callbacks.{number}", callback["teachers"]
    raise ConfigurationError(f"{config} has no callback skd_distiller. Give the config of a distilled student.")


def _retry_interrupted(study: optuna.Study) -> None:
    """Tries the values of trials that were killed again. The same values have the same folder, which is resumed."""
    interrupted = (TrialState.RUNNING, TrialState.FAIL)
    ended, others = [], []
    for trial in study.trials:
        if trial.state in interrupted and "error" not in trial.user_attrs:
            ended.append(trial.params)
            if trial.state == TrialState.RUNNING:
                study.tell(trial.number, state=TrialState.FAIL)
        else:
            # One that waits has no values of its own yet.
            others.append(trial.params or trial.system_attrs.get("fixed_params"))
    for params in ended:
        if params not in others:
            study.enqueue_trial(params)
            others.append(params)


def _finished(study: optuna.Study) -> List[FrozenTrial]:
    """Those that have come to an end by themselves."""
    ended = study.get_trials(states=(TrialState.COMPLETE, TrialState.PRUNED, TrialState.FAIL))
    return [trial for trial in ended if trial.state != TrialState.FAIL or "error" in trial.user_attrs]


def _seeds(number: int) -> Overrides:
    return dict.fromkeys(("random_seed", "numpy_seed", "pytorch_seed"), 1000 + number)


def make_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description="Searches λ, T, dropout and epochs of a distilled student.")
    parser.add_argument("config", type=Path, help="the config of a distilled student")
    parser.add_argument("--folder", type=Path, required=True, help="where everything is written")
    parser.add_argument("--trials", type=int, default=30)
    parser.add_argument("--seeds", type=int, default=3, help="with how many seeds the best is trained again")
    parser.add_argument("--dev", help="the development split (default: one sentence in ten of the training data)")
    parser.add_argument("--part", type=int, default=10, help="without --dev, hold out one sentence in so many")
    parser.add_argument("--prune", action="store_true", help="end trials early that are worse than half of the others")
    parser.add_argument("-o", "--overrides", default="", help="JSON that changes the config for all trainings")
    return parser


def main(arguments: Optional[List[str]] = None) -> None:
    parser = make_parser()
    given = parser.parse_args(arguments)
    given.folder.mkdir(parents=True, exist_ok=True)
    try:
        with FileLock(given.folder / ".lock", timeout=0):
            search = Search(given.config, given.folder, given.overrides, given.dev, given.part, given.prune)
            search.run(given.trials, given.seeds)
    except Timeout:
        parser.error(f"another search is running in {given.folder}. Wait for it, or name another --folder.")
    except ConfigurationError as error:
        parser.error(str(error))
    except Failed as error:
        sys.exit(str(error))
    except KeyboardInterrupt:
        sys.exit("Interrupted. The same command goes on.")


if __name__ == "__main__":
    main()
