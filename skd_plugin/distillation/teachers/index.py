"""Where each sentence of a store is: the sorted keys of all its shards, with shard and row, in one file."""

import json
from pathlib import Path
from typing import Any, Dict, List, Sequence

import numpy as np
from numpy.typing import NDArray
from safetensors.numpy import save_file

from skd_plugin.compat.whole_files import whole_file
from skd_plugin.distillation.teachers import keys

FORMAT = "skd_plugin index 1"

Keys = NDArray[np.bytes_]
"""Keys of sentences, shape (count,)."""

KEY = f"S{keys.SIZE}"

_TYPES = {"keys": np.uint8, "places": np.int32}


def as_keys(joined: bytes) -> Keys:
    """Keys from their concatenation."""
    return np.frombuffer(joined, dtype=KEY)


def as_list(names: Keys) -> List[bytes]:
    """The keys one by one. NumPy would drop zeros at their end."""
    return keys.split(names.tobytes())


class Index:
    """
    The places of sentences. It takes 24 bytes for each, which the file has in memory only where they are looked up.

    # Parameters

    shards : `Dict[str, int]`
        The names and the sizes in bytes of the shards that it covers.
    names : `Keys`
        The sorted keys.
    places : shape (count, 2)
        For each key the number of its shard, in the order of `shards`, and its row there.
    """

    def __init__(self, shards: Dict[str, int], names: Keys, places: NDArray[np.int32]) -> None:
        self.shards = shards
        self._names = names
        self._places = places

    def __len__(self) -> int:
        return len(self._names)

    @classmethod
    def empty(cls) -> "Index":
        return cls({}, np.empty(0, KEY), np.empty((0, 2), np.int32))

    @classmethod
    def read(cls, path: Path) -> "Index":
        """The index in a file, or an empty one if there is none that can be read: it can always be built again."""
        try:
            # Opened once: another process may put a new index in the place of this one at any moment.
            with path.open("rb") as file:
                # Memory-mapped, so only what is looked up is read.
                mapped = np.memmap(file, np.uint8, "r")
            start = 8 + int.from_bytes(mapped[:8].tobytes(), "little")
            layout = json.loads(mapped[8:start].tobytes())
            content = mapped[start:]
            header = json.loads(layout["__metadata__"]["header"])
            if header["format"] != FORMAT:
                return cls.empty()
            names, places = (_array(content, layout[name], dtype) for name, dtype in _TYPES.items())
            return cls(header["shards"], names.reshape(-1).view(KEY), places)
        except (OSError, ValueError, KeyError, TypeError):
            return cls.empty()

    def write(self, path: Path, writer: str) -> None:
        """Writes it whole; processes that may write at the same time have different names. Raises `OSError`."""
        tensors: Dict[str, NDArray[Any]] = {
            "keys": self._names.view(np.uint8).reshape(-1, keys.SIZE),
            "places": self._places,
        }
        header = {"format": FORMAT, "shards": self.shards}
        with whole_file(path, writer) as unfinished:
            # One entry, because the order of several is not the same each time.
            save_file(tensors, unfinished, {"header": json.dumps(header)})

    def with_shards(self, shards: Dict[str, int], names: Sequence[Keys]) -> "Index":
        """
        With more shards, whose keys are given in the order of their rows. A key that is there stays where it is.

        Shards are numbered by their names, so that the index is the same in whatever order they were added.
        """
        first = len(self.shards)
        sizes = np.array([len(some) for some in names], np.int32)
        numbers = np.repeat(np.arange(first, first + len(names), dtype=np.int32), sizes)
        rows = np.concatenate([np.empty(0, np.int32), *(np.arange(size, dtype=np.int32) for size in sizes)])
        sorted_names, chosen = np.unique(np.concatenate([self._names, *names]), return_index=True)
        places = np.concatenate([self._places, np.stack([numbers, rows], 1)])[chosen]
        together = {**self.shards, **shards}
        rank = {name: number for number, name in enumerate(sorted(together))}
        if len(places):
            places[:, 0] = np.array([rank[name] for name in together], np.int32)[places[:, 0]]
        return Index({name: together[name] for name in rank}, sorted_names, places)

    def places(self, names: Keys) -> NDArray[np.int32]:
        """Shard and row of each of these keys, shape (count, 2); −1 where it is not stored."""
        if not len(self._names):
            return np.full((len(names), 2), -1, np.int32)
        near = np.searchsorted(self._names, names)
        near[near == len(self._names)] = 0
        is_there = self._names[near] == names
        return np.where(is_there[:, None], self._places[near], np.int32(-1))

    def finds(self, names: Sequence[Keys]) -> bool:
        """Whether it has exactly these keys, which are given for each shard in the order of its rows, and where."""
        joined = np.concatenate([np.empty(0, KEY), *names])
        sizes = np.array([len(some) for some in names], np.int64)
        shards, rows = self._places[:, 0], self._places[:, 1]
        if not np.array_equal(self._names, np.unique(joined)):
            return False
        if not ((shards >= 0) & (shards < len(sizes)) & (rows >= 0)).all() or not (rows < sizes[shards]).all():
            return False
        return bool((joined[(np.cumsum(sizes) - sizes)[shards] + rows] == self._names).all())

    def counts(self) -> List[int]:
        """The number of sentences that are found in each shard."""
        counts: List[int] = np.bincount(self._places[:, 0], minlength=len(self.shards)).tolist()
        return counts


def _array(content: NDArray[np.uint8], layout: Dict[str, Any], dtype: Any) -> NDArray[Any]:
    """A tensor of a safetensors file. Raises `ValueError` if it is cut off, or of another shape."""
    start, end = layout["data_offsets"]
    array: NDArray[Any] = content[start:end].view(dtype).reshape(layout["shape"])
    return array
