"""Tries a wheel in an environment of its own: `python -m tools.smoke dist/skd_plugin-VERSION-py3-none-any.whl`.

The plugin is installed with the commands of the README, into an environment that borrows the packages that are
installed here, but not this checkout. All programs run in a folder that is outside the checkout and empty but for data.
"""

import json
import os
import shutil
import subprocess
import sys
import sysconfig
import tempfile
from functools import partial
from pathlib import Path

from tests.recipes import SHIPPED_LEARNS
from tests.requirements import complaints
from tests.trained import check_learned
from tools.kernel_cache import PROJECT_ROOT

DATA = "fixtures/ner.conll"
# In the folder that has the data, so that all commands run in one.
INIT = ["skd-init", ".", "--force", "--task", "ner", "--train", DATA, "--dev", DATA]
LEARNS = json.dumps(SHIPPED_LEARNS)
# Nothing of the checkout by way of the environment.
ENVIRONMENT = {name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", "VIRTUAL_ENV")}
# One of the sentences that the model learns.
TEXT = "Anna Berg moved to Oslo last year."
ENTITIES = [["Anna Berg", "PER"], ["Oslo", "LOC"]]

LOCATIONS = "import skd_plugin, sysconfig; print(skd_plugin.__file__); print(sysconfig.get_path('purelib'))"
ANNOTATE = """
import json, sys
import spacy
print(json.dumps([[entity.text, entity.label_] for entity in spacy.load(sys.argv[1])(sys.argv[2]).ents]))
"""


def main(wheel: str) -> None:
    with tempfile.TemporaryDirectory() as temporary:
        python = environment(Path(temporary, "environment"), Path(wheel))
        folder = Path(temporary, "work")
        shutil.copytree(PROJECT_ROOT / "fixtures", folder / "fixtures")
        try_out(python, folder)
        # The wheels that were made there are all that is installed here.
        another = environment(Path(temporary, "another"), *folder.glob("wheels/*.whl"))
        try_package(another, folder)


def environment(folder: Path, *wheels: Path) -> Path:
    """The Python of a new virtual environment with the wheels, and with the other packages of this one."""
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder], check=True)
    python = folder / "bin" / "python"
    pip = [sys.executable, "-m", "pip", "--python", python]
    subprocess.run([*pip, "install", "--quiet", "--no-deps", "--no-index", *wheels], check=True)
    # Python looks there last, and ignores the start-up files that are there: the editable install has no effect.
    (purelib,) = folder.glob("lib/python*/site-packages")
    (purelib / "packages_of_the_tests.pth").write_text(sysconfig.get_path("purelib") + "\n")
    return python


def try_out(python: Path, folder: Path) -> None:
    """
    Raises if the commands of the plugin, AllenNLP or spaCy fail, or are not those of the wheel.

    Leaves a packaged pipeline.
    """
    run = partial(run_python, python, folder)
    purelib = check_location(python, folder)
    # Nothing but AllenNLP is fetched: every requirement has to accept the packages that are borrowed.
    run("-m", "skd_plugin.host", "--no-index", "--no-build-isolation")
    check_requirements(python, folder)
    # AllenNLP's own check, which imports all of AllenNLP and of the plugins.
    output = run("-m", "allennlp", "test-install")
    expect("Plugin skd_plugin.plugin available" in output, f"AllenNLP does not find the plugin:\n{output}")
    expect(f"installed to {purelib}" in output, f"AllenNLP is not in {purelib}:\n{output}")
    run("-m", "allennlp", *INIT)
    run("-m", "allennlp", "train", "student.jsonnet", "--serialization-dir", "run", "--overrides", LEARNS)
    check_learned(folder / "run", folder / DATA)
    print(run("-m", "allennlp", "skd-export", "run/model.tar.gz", "pipeline", "--lang", "en").split("\n")[-1])
    check_annotation(python, folder, "pipeline")
    print(run("-m", "allennlp", "skd-package", "pipeline", "wheels", "--name", "smoke").split("\n")[-1])


def try_package(python: Path, folder: Path) -> None:
    """Raises if the packaged pipeline does not annotate, or not with the plugin that is packaged with it."""
    check_location(python, folder)
    check_annotation(python, folder, "en_smoke")


def run_python(python: Path, folder: Path, *arguments: str) -> str:
    """What the program says."""
    print("$ python", *(argument if argument.count("\n") < 1 else "…" for argument in arguments), flush=True)
    finished = subprocess.run(
        [python, *arguments],
        cwd=folder,
        env=ENVIRONMENT,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    if finished.returncode:
        raise SystemExit(finished.stdout)
    return finished.stdout.strip()


def check_location(python: Path, folder: Path) -> str:
    """The folder of the packages. Raises if the plugin is not there."""
    location, purelib = run_python(python, folder, "-c", LOCATIONS).split("\n")
    print(location)
    expect(Path(location).is_relative_to(purelib), f"skd_plugin comes from {location}, expected it in {purelib}.")
    return purelib


def check_requirements(python: Path, folder: Path) -> None:
    """Raises if a package lacks what it requires."""
    check = [python, "-m", "pip", "check"]
    found = subprocess.run(check, cwd=folder, env=ENVIRONMENT, stdout=subprocess.PIPE, text=True).stdout
    wrong = complaints(found)
    expect(not wrong, "\n".join(wrong))


def check_annotation(python: Path, folder: Path, pipeline: str) -> None:
    entities = json.loads(run_python(python, folder, "-c", ANNOTATE, pipeline, TEXT).split("\n")[-1])
    print(entities)
    expect(entities == ENTITIES, f"The pipeline finds {entities}, expected {ENTITIES}.")


def expect(holds: bool, otherwise: str) -> None:
    if not holds:
        raise SystemExit(otherwise)


if __name__ == "__main__":
    main(*sys.argv[1:])
