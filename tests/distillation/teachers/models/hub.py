"""The hub's local cache, filled as a download would."""

from pathlib import Path


def cached(cache: Path, name: str, revision: str) -> Path:
    """The folder of the snapshot of a model, which is made without files."""
    repository = cache / f"models--{name.replace('/', '--')}"
    commit = revision.encode().hex().ljust(40, "0")
    reference = repository / "refs" / revision
    reference.parent.mkdir(parents=True, exist_ok=True)
    reference.write_text(commit)
    snapshot = repository / "snapshots" / commit
    snapshot.mkdir(parents=True)
    return snapshot
