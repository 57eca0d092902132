"""Packages a pipeline: its own wheel, as spaCy's packages are made, and the wheels that no package index has."""

import contextlib
import io
import json
import tempfile
from importlib.metadata import metadata
from pathlib import Path
from typing import Any, Dict, List, NamedTuple, Optional

from allennlp.common.checks import ConfigurationError
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import InvalidVersion, Version

from skd_plugin.archives import CARD_FILE
from skd_plugin.cards import card_of_meta, without_metadata
from skd_plugin.compat.environment import DISTRIBUTION
from skd_plugin.serving.meta import requirements
from skd_plugin.wheels.installed import write_copies, write_plugin
from skd_plugin.wheels.wheel_file import Metadata, write_wheel

GUIDE = "INSTALL.md"
"""Says how the wheels beside it are installed."""

_TEMPLATE = """# {name} {version}

{description}

In an environment with Python {python}, in this folder:

    pip install --find-links . {name}

or `uv pip install --find-links . {name}`. From another folder, write the path of this one in place of the dot. What is
not here comes from your package index. If you need a certain build of PyTorch, install it first.

```python
import {name}

nlp = {name}.load()  # or spacy.load("{name}")
```

Wheels with `+skd` in their version are released packages whose requirements were changed: AllenNLP asks for
torch < 1.13, and runs on current versions with {distribution}. Their code and their licences are unchanged.
"""


class Package(NamedTuple):
    """The name under which a packaged pipeline is installed and imported, and its version."""

    name: str
    version: str


def write_package(pipeline: Path, folder: Path, name: Optional[str] = None, version: Optional[str] = None) -> Package:
    """
    Writes into an empty folder what it takes to install a pipeline elsewhere: its wheel, those of this plugin, of
    AllenNLP and of other packages whose releases would not install, and a guide. The pipeline's wheel has a model card.

    # Parameters

    pipeline : `Path`
        The folder that `nlp.to_disk` has written.
    folder : `Path`
    name : `str`, optional (default = `None`)
        The name in place of that in the pipeline's meta.json. The code of the language goes before it: `en_NAME`.
    version : `str`, optional (default = `None`)
        The version in place of that in the meta.json.

    Raises `ConfigurationError` if the name, the version or the pipeline does not suit a package.
    """
    meta = _read_meta(pipeline)
    meta["version"] = _checked_version(version or str(meta.get("version", "0.0.0")))
    # Where the name has the language in front of it, spaCy would look for the package under another name.
    meta["name"] = (name or str(meta.get("name", "pipeline"))).removeprefix(f"{meta.get('lang')}_")
    meta["requirements"] = _with_ours(meta.get("requirements", []))
    with tempfile.TemporaryDirectory() as temporary:
        (Path(temporary) / "meta.json").write_text(json.dumps(meta), encoding="utf-8")
        sources = _spacys_sources(pipeline, Path(temporary))
        package = _write_pipeline(sources, folder)
    write_plugin(folder)
    write_copies(folder)
    guide = _TEMPLATE.format(
        **package._asdict(),
        description=meta.get("description") or "A spaCy pipeline.",
        # ">=" before "<".
        python=", ".join(sorted(metadata(DISTRIBUTION)["Requires-Python"].split(","), reverse=True)),
        distribution=DISTRIBUTION,
    )
    (folder / GUIDE).write_text(guide, encoding="utf-8")
    return package


def _read_meta(pipeline: Path) -> Dict[str, Any]:
    try:
        meta = json.loads((pipeline / "meta.json").read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ConfigurationError(
            f"{pipeline} is not a pipeline: its meta.json cannot be read ({error}). Give a folder that `allennlp "
            "skd-export` or `nlp.to_disk` has written."
        ) from error
    if not isinstance(meta, dict):
        raise ConfigurationError(f"{pipeline}/meta.json has a {type(meta).__name__}, expected a JSON object.")
    return meta


def _checked_version(version: str) -> str:
    try:
        return str(Version(version))
    except InvalidVersion as error:
        raise ConfigurationError(
            f"The version {version!r} is none that pip can read, expected one such as 1.0.0. Correct --version."
        ) from error


def _with_ours(declared: List[str]) -> List[str]:
    """The requirements, and those that every pipeline with components of this plugin has."""
    given = {canonicalize_name(Requirement(requirement).name) for requirement in declared}
    return [*declared, *(one for one in requirements() if canonicalize_name(Requirement(one).name) not in given)]


def _spacys_sources(pipeline: Path, folder: Path) -> Path:
    """The folder that `spacy package` makes, with the meta.json in `folder`. The wheel needs no build then."""
    from spacy.cli.package import package

    said = io.StringIO()
    try:
        with contextlib.redirect_stdout(said):
            package(
                pipeline,
                folder,
                meta_path=folder / "meta.json",
                name=json.loads((folder / "meta.json").read_text(encoding="utf-8"))["name"],
                create_sdist=False,
                require_parent=True,
                silent=False,
            )
    except SystemExit as error:
        raise ConfigurationError(
            f"spaCy cannot package {pipeline}. Correct what it says, by --name, or in the meta.json of the pipeline:\n"
            f"{said.getvalue().strip()}"
        ) from error
    [sources] = (file.parent for file in folder.glob("*/meta.json"))
    return sources


def _write_pipeline(sources: Path, folder: Path) -> Package:
    """Writes the wheel that the setup.py in the folder would make."""
    meta = json.loads((sources / "meta.json").read_text(encoding="utf-8"))
    package = Package(f"{meta['lang']}_{meta['name']}", meta["version"])
    card = (sources / CARD_FILE).read_text(encoding="utf-8")
    if card == without_metadata(card):
        # spaCy's own README, of a pipeline that `skd-export` has not written.
        for file in sources.rglob(CARD_FILE):
            file.write_text(card_of_meta(meta, card), encoding="utf-8")
    files = {
        file.relative_to(sources).as_posix(): file
        for file in (sources / package.name).rglob("*")
        if file.is_file() and not file.name.startswith(".")
    }
    # spaCy reads the first of them when the package is loaded.
    for place in (package.name, f"{package.name}/{package.name}-{package.version}"):
        files[f"{place}/meta.json"] = sources / "meta.json"
    entry_points = f"[spacy_models]\n{package.name} = {package.name}\n"
    write_wheel(folder, _metadata(meta, package, sources), files, {"entry_points.txt": entry_points.encode()})
    return package


def _metadata(meta: Dict[str, Any], package: Package, sources: Path) -> Metadata:
    given = {"Summary": "description", "Home-page": "url", "Author": "author", "Author-email": "email"}
    fields = [("Metadata-Version", "2.1"), ("Name", package.name), ("Version", package.version)]
    fields += [(field, meta[key]) for field, key in {**given, "License": "license"}.items() if meta.get(key)]
    fields += [("Requires-Dist", requirement) for requirement in meta["requirements"]]
    fields += [("Description-Content-Type", "text/markdown")]
    # A field is one line.
    lines = [f"{field}: {' '.join(str(value).split())}\n" for field, value in fields]
    readme = without_metadata((sources / CARD_FILE).read_text(encoding="utf-8"))
    return Metadata(*package, "".join([*lines, "\n", readme]))
