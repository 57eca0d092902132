"""The folder of a pretrained model: its own, or the hub's snapshot in the local cache."""

import re
from pathlib import Path
from typing import Optional, Sequence

from allennlp.common.checks import ConfigurationError

_HUB_NAME = re.compile(r"\w[\w.-]*(/\w[\w.-]*)?")


def is_on_hub(model: str) -> bool:
    """Whether this can only be the name of a model on the hub: nothing has this path, and it can be a name."""
    return not Path(model).exists() and _HUB_NAME.fullmatch(model) is not None


def hub_folder(model: str, revision: Optional[str], patterns: Sequence[str]) -> Path:
    """
    The folder `model`, or else the snapshot of the model of this name on the hub.

    What the cache lacks is downloaded. Without a connection, or with `HF_HUB_OFFLINE=1`, the cache is enough. Raises
    `ConfigurationError`.

    # Parameters

    model : `str`
        A path, or a name on the hub.
    revision : `Optional[str]`
        A branch, tag or commit on the hub; the main branch if None.
    patterns : `Sequence[str]`
        Which files are downloaded, such as `*.json`.
    """
    if is_on_hub(model):
        return _snapshot(model, revision, patterns)
    if not Path(model).is_dir():
        there = "is a file" if Path(model).exists() else "does not exist"
        raise ConfigurationError(
            f"{model} {there}, expected the folder of a model, or the name of one on the hub, `NAME` or `OWNER/NAME`."
        )
    if revision is not None:
        raise ConfigurationError(
            f"The `revision` {revision!r} would be of a model on the hub, and {model} is a folder. Leave it out."
        )
    # Other processes may be in another folder.
    return Path(model).absolute()


def _snapshot(model: str, revision: Optional[str], patterns: Sequence[str]) -> Path:
    from huggingface_hub import snapshot_download

    try:
        return Path(snapshot_download(model, revision=revision, allow_patterns=list(patterns)))
    except (OSError, ValueError) as error:  # unknown there, or not reachable and not in the cache
        at = "" if revision is None else f" at revision {revision!r}"
        reason = " ".join(str(error).split())
        raise ConfigurationError(
            f"There is no folder {model}, and no model of this name{at} was found on the hub or in its local cache: "
            f"{reason} Give the path of a folder or the name of a model on the hub. Without a connection, the model "
            f"has to be in the cache: `hf download {model}` where there is one, and copy ~/.cache/huggingface. "
            "For a private model, log in first (`hf auth login`)."
        ) from error
