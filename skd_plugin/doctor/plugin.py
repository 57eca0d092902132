"""Whether AllenNLP finds this plugin, and the other plugins that are named."""

import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Iterator, List

from skd_plugin.compat.environment import DISTRIBUTION, installed_version
from skd_plugin.compat.import_hook import ImportHook
from skd_plugin.doctor.finding import Finding

LOCAL, GLOBAL = Path(".allennlp_plugins"), Path.home() / ".allennlp" / "plugins"


def plugin() -> List[Finding]:
    """Whether this plugin is found in every folder, and whether what the files of plugins name is there."""
    return [_ours(), *_others(LOCAL), *_others(GLOBAL)]


def _ours() -> Finding:
    version = installed_version(DISTRIBUTION) or "(not installed)"
    text = f"{DISTRIBUTION} {version} in {Path(__file__).parents[1]}"
    if any(isinstance(finder, ImportHook) for finder in sys.meta_path):
        return Finding("ok", f"{text}; AllenNLP finds it in every folder")
    return Finding(
        "warning",
        f"{text}; its start-up file skd_plugin.pth is missing, so AllenNLP finds it only where a file "
        f"{LOCAL} names skd_plugin.plugin, and the packages are not checked.",
        "Install it again, as a whole: pip install --force-reinstall --no-deps, and then the wheel, the URL or the "
        "folder of the checkout.",
    )


def _others(file: Path) -> Iterator[Finding]:
    if not file.is_file():
        return
    names = [line.strip() for line in file.read_text(encoding="utf-8").splitlines()]
    others = [name for name in names if name and name.partition(".")[0] != DISTRIBUTION]
    missing = [name for name in others if not _is_there(name)]
    if missing:
        yield Finding(
            "warning",
            f"{file} names {', '.join(missing)}, which Python does not find; AllenNLP goes on without.",
            "Install what is missing, correct the name, or take the line out of the file.",
        )
    elif others:
        yield Finding("ok", f"{file} names {', '.join(others)}")


def _is_there(name: str) -> bool:
    # As AllenNLP does for plugins.
    sys.path.insert(0, str(Path.cwd()))
    try:
        return find_spec(name) is not None
    except ImportError:
        return False
    finally:
        sys.path.pop(0)
