"""Tiny archives that the tests share: each is trained once, also where pytest runs in several processes."""

import json
import shutil
from contextlib import chdir
from math import log
from pathlib import Path
from typing import Any, Callable, Dict

from filelock import FileLock

from skd_plugin.data.files.conllu import conllu_sentences
from tests import PROJECT_ROOT
from tests.commands import logging_as_before
from tests.distillation.runs import train
from tests.recipes import ENTITIES, RECIPES, TREES, Recipe
from tests.tiny_transformer import save_tiny_transformer

# A model that has learned its sentences gives their gold structures together at least this probability.
LEARNED = 0.5


class Trained:
    """
    The archives of all recipes, made when asked for: `trained("ner")`.

    # Parameters

    folder : `Path`
        Where the runs are. The processes of a test run share it.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def __call__(self, name: str) -> Path:
        """The archive, in the folder of its run."""
        return self.once(name, lambda folder: self._run(RECIPES[name], folder)) / "model.tar.gz"

    @property
    def transformer(self) -> str:
        """The name of the transformer in the archive `transformer`, as if it came from the hub."""
        return str(self.once("tiny_bert", save_tiny_transformer))

    @property
    def entities(self) -> Path:
        """The file of sentences that the models of entities learn."""
        return self.once("entities", write_entities) / "entities.conll"

    def once(self, name: str, make: Callable[[Path], Any]) -> Path:
        """A folder with what `make` writes into it, in the process that asks first; the others wait."""
        folder, unfinished = self._folder / name, self._folder / f"{name}.unfinished"
        with FileLock(self._folder / f"{name}.lock"):
            if not folder.exists():
                shutil.rmtree(unfinished, ignore_errors=True)
                unfinished.mkdir()
                with chdir(PROJECT_ROOT), logging_as_before():
                    make(unfinished)
                unfinished.rename(folder)
        return folder

    def _run(self, recipe: Recipe, folder: Path) -> None:
        overrides = {**recipe.overrides, **self._data(recipe)}
        if recipe.reads_transformer:
            named = {"type": "pretrained_transformer_mismatched", "model_name": self.transformer}
            for place in ("dataset_reader.token_indexers.tokens", "model.text_field_embedder.token_embedders.tokens"):
                overrides[place] = named
        train(recipe.config, folder, overrides)
        if recipe.learns is not None:
            check_learned(folder, Path(overrides["validation_data_path"]))

    def _data(self, recipe: Recipe) -> Dict[str, str]:
        if recipe.learns is None:
            return {}
        path = TREES if recipe.learns == TREES else str(self.entities)
        return {"train_data_path": path, "validation_data_path": path}


def write_entities(folder: Path) -> None:
    """The sentences of ENTITIES, those of TREES with their entities, and one that is short enough to enumerate."""
    trees = [zip(sentence.column("form"), sentence.column("misc")) for sentence in conllu_sentences(TREES)]
    tagged = ["\n".join(f"{word}\t{misc['NE']}" for word, misc in sentence) for sentence in trees]
    short = "Anna\tB-PER\nBerg\tI-PER\nmoved\tO"
    text = "\n\n".join([Path(ENTITIES).read_text(encoding="utf-8").strip(), *tagged, short])
    (folder / "entities.conll").write_text(f"{text}\n", encoding="utf-8")


def check_learned(run: Path, path: Path, probability: float = LEARNED) -> None:
    """
    Raises `AssertionError` unless the model of a run gives all sentences of its validation data their gold structures.

    The run has validated them in one batch. The probabilities of their gold structures have at least this product, so
    that each of them, and each part of them, is at least as probable; and above 0.5 each is the best structure.
    """
    sentences = len(path.read_text(encoding="utf-8").strip().split("\n\n"))
    loss = sentences * json.loads((run / "metrics.json").read_text())["best_validation_loss"]
    if not loss <= -log(probability):
        raise AssertionError(
            f"The model in {run} has not learned its sentences: −log P of their gold structures is {loss:.3f} in "
            f"total, expected at most {-log(probability):.3f}. Let it train longer: see LEARNS in tests/recipes.py."
        )
