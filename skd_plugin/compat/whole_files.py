"""Writes files so that an interruption leaves the old content or the new one, whatever the moment and the cause."""

import errno
import functools
import inspect
import os
from contextlib import contextmanager, suppress
from typing import Any, Callable, Iterator, TypeVar, Union, cast

UNFINISHED = ".unfinished"
"""The ending of a file that is still being written."""

# By file systems that cannot flush a file, or a folder.
_NOT_OFFERED = (errno.EINVAL, errno.ENOSYS, errno.ENOTSUP)

Writer = TypeVar("Writer", bound=Callable[..., Any])


@contextmanager
def whole_file(path: Union[str, "os.PathLike[str]"], writer: str = "") -> Iterator[str]:
    """
    The path of a second file, for the block to write. It takes the place of `path` at the end of the block.

    If the block raises an error, `path` stays as it was.

    # Parameters

    path : `str` or `PathLike`
    writer : `str`, optional (default = `""`)
        A part of the second file's name. Writers that may write at the same time need different ones. One writer should
        always use the same, so that what a killed process has left behind is overwritten the next time.
    """
    unfinished = f"{os.fspath(path)}{writer and f'.{writer}'}{UNFINISHED}"
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
    """
    Waits until a file's content, or a folder's list of files, would survive a power cut. Raises `OSError` if the disk
    is full or fails.
    """
    try:
        descriptor = os.open(path, os.O_RDONLY)
    except PermissionError:  # Windows cannot open folders
        return
    try:
        os.fsync(descriptor)
    except OSError as error:
        if error.errno not in _NOT_OFFERED:
            raise
    finally:
        os.close(descriptor)
