"""Writes files so that an interruption leaves the old content or the new one, whatever the moment and the cause."""

import functools
import inspect
import os
from contextlib import contextmanager, suppress
from typing import Any, Callable, Iterator, TypeVar, Union, cast

UNFINISHED = ".unfinished"
"""The ending of a file that is still being written."""

Writer = TypeVar("Writer", bound=Callable[..., Any])


@contextmanager
def whole_file(path: Union[str, "os.PathLike[str]"]) -> Iterator[str]:
    """
    The path of a second file, for the block to write. It takes the place of `path` at the end of the block.

    If the block raises an error, `path` stays as it was. The second file always has the same name, so that what a
    killed process has left behind is overwritten the next time.
    """
    unfinished = f"{os.fspath(path)}{UNFINISHED}"
    try:
        yield unfinished
        flush_to_disk(unfinished)
        os.replace(unfinished, path)
    finally:
        with suppress(FileNotFoundError):
            os.remove(unfinished)
    flush_to_disk(os.path.dirname(os.fspath(path)) or ".")


def written_whole(write: Writer, parameter: str) -> Writer:
    """
    The same function, with which the file at the path that `parameter` takes is written whole.

    A path of None, and what is not a regular file, such as a terminal, is passed on as it is.
    """
    signature = inspect.signature(write)

    @functools.wraps(write)
    def write_whole(*args: Any, **kwargs: Any) -> Any:
        arguments = signature.bind(*args, **kwargs)
        path = arguments.arguments[parameter]
        if path is None or (os.path.exists(path) and not os.path.isfile(path)):
            return write(*args, **kwargs)
        with whole_file(path) as unfinished:
            arguments.arguments[parameter] = unfinished
            return write(*arguments.args, **arguments.kwargs)

    return cast(Writer, write_whole)


def flush_to_disk(path: str) -> None:
    """Waits until a file's content, or a folder's list of files, would survive a power cut."""
    try:
        descriptor = os.open(path, os.O_RDONLY)
    except PermissionError:  # Windows cannot open folders
        return
    try:
        with suppress(OSError):  # some file systems cannot do it
            os.fsync(descriptor)
    finally:
        os.close(descriptor)
