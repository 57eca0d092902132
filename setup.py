"""The distribution: its requirements, and the start-up file through which AllenNLP can be imported."""

import re
from pathlib import Path

from setuptools import find_packages, setup
from setuptools.command.build_py import build_py

ROOT = Path(__file__).parent
STARTUP_FILE = "skd_plugin.pth"

# The versions this package works with; `requirements/` pins the ones it is tested with.
# AllenNLP is not here, because the metadata of its last release ask for torch < 1.13 and no resolver would go on.
# It is installed beside these with `pip install --no-deps allennlp==2.10.1`.
OWN = [
    "conllu>=5,<7",
    "jsonnet>=0.20",
    "numba>=0.61",
    "numpy>=2,<3",
    "packaging",
    "safetensors>=0.4.3",
    "scipy>=1.7",  # numba's matrix products
    "torch>=2.6,<2.14",
]
ALLENNLP_NEEDS = [
    "base58>=2.1",
    "cached-path>=1.6,<2",
    "dill>=0.3.4",
    "filelock>=3.3",
    "h5py>=3.6",
    "huggingface_hub>=0.16,<1",  # 1.0 removed Repository, which AllenNLP imports
    "lmdb>=1.2",
    "matplotlib>=3.5",  # find-lr
    "more-itertools>=8.12",
    "nltk>=3.6.5",
    "pytest>=6.2.5",  # allennlp.common.testing, which every command imports
    "requests>=2.28",
    "scikit-learn>=1.0",
    "sentencepiece>=0.1.96",
    "spacy>=3.8,<3.9",
    "tensorboardX>=2.6",
    "termcolor==1.1.0",  # 2.0 removed what AllenNLP calls
    "tqdm>=4.62",
    "transformers>=4.44,<4.50",  # 4.50 removed AdamW, which AllenNLP imports
]


def version() -> str:
    """The version, read and not imported: nothing is installed yet."""
    return re.search(r'^__version__ = "(.+)"$', (ROOT / "skd_plugin/__init__.py").read_text(), re.M).group(1)


class BuildWithStartupFile(build_py):
    """Also puts the start-up file beside the packages, in wheels and in editable installs alike."""

    def run(self) -> None:
        super().run()
        # An editable install takes nothing from build_lib, but everything in install_lib.
        target = self.get_finalized_command("install").install_lib if self.editable_mode else self.build_lib
        self.copy_file(str(ROOT / STARTUP_FILE), str(Path(target, STARTUP_FILE)))

    def get_source_files(self) -> list:
        return [*super().get_source_files(), STARTUP_FILE]


setup(
    name="skd_plugin",
    version=version(),
    description="Structural knowledge distillation for AllenNLP taggers and parsers",
    license="Apache-2.0",
    python_requires=">=3.11,<3.13",
    install_requires=OWN + ALLENNLP_NEEDS,
    packages=find_packages(include=["skd_plugin", "skd_plugin.*"]),
    package_dir={"": "."},
    entry_points={
        "spacy_factories": [
            "skd_ner = skd_plugin.serving.components.factories:make_ner",
            "skd_parser = skd_plugin.serving.components.factories:make_parser",
            "skd_tagger = skd_plugin.serving.components.factories:make_tagger",
        ],
        "spacy_scorers": ["skd_tagger_scorer.v1 = skd_plugin.serving.components.tagger:make_tagger_scorer"],
    },
    package_data={"skd_plugin": ["py.typed"]},
    cmdclass={"build_py": BuildWithStartupFile},
)
