"""The folds of labelled files: in each, other sentences are held out, and the rest is to be trained on."""

import hashlib
import json
from pathlib import Path
from typing import List, NamedTuple, Sequence

from allennlp.common.checks import ConfigurationError

from skd_plugin.compat.whole_files import whole_file
from skd_plugin.data.files.columns import begins_document, may_be_comment
from skd_plugin.data.files.lines import COMPRESSED, Line, paragraphs

_BLANK = Line(0, "")


class Fold(NamedTuple):
    """
    The files of a fold.

    # Parameters

    training : `List[str]`
    held_out : `List[str]`
        What is left out of `training`.
    """

    training: List[str]
    held_out: List[str]


def write_folds(files: Sequence[str], count: int, folder: Path) -> List[Fold]:
    """
    Writes files of columns or CoNLL-U, whose sentences are separated by blank lines, in `count` folds.

    What is held out in a fold stands together in the files: neighbours are often of one document, which would tell a
    model much about a sentence that it should not have seen.

    Raises `ConfigurationError` if there are too few sentences, or if the folder has folds of other sentences.

    # Parameters

    files : `Sequence[str]`
    count : `int`
    folder : `Path`
        Where the files of the folds are written.
    """
    contents = [_sentences(file) for file in files]
    total = sum(map(len, contents))
    if not 2 <= count <= total:
        raise ConfigurationError(
            f"{count} folds were asked for, of {total} sentences in {', '.join(files)}, expected from 2 folds up to "
            f"one for each sentence."
        )
    _check_same(folder / "folds.json", _description(files, contents, count))
    bounds = [total * number // count for number in range(count + 1)]
    return [
        _write_fold(files, contents, start, end, folder / f"fold-{number}")
        for number, (start, end) in enumerate(zip(bounds, bounds[1:]), start=1)
    ]


def _sentences(file: str) -> List[List[Line]]:
    """
    The lines of each sentence. Paragraphs of document starts and comments alone stand before the sentence that follows,
    because a reader refuses a file that has nothing else.
    """
    sentences: List[List[Line]] = []
    before: List[Line] = []
    for lines in paragraphs(file):
        if all(begins_document(line) or may_be_comment(line) for line in lines):
            before += [*lines, _BLANK]
        else:
            sentences.append(before + lines)
            before = []
    if before and sentences:
        sentences[-1] += [_BLANK, *before[:-1]]
    return sentences


def _write_fold(files: Sequence[str], contents: Sequence[List[List[Line]]], start: int, end: int, folder: Path) -> Fold:
    fold, first = Fold([], []), 0
    for number, (file, content) in enumerate(zip(files, contents), start=1):
        low, high = (min(max(bound - first, 0), len(content)) for bound in (start, end))
        first += len(content)
        for name, chosen, written in (
            ("training", content[:low] + content[high:], fold.training),
            ("held_out", content[low:high], fold.held_out),
        ):
            if chosen:
                path = folder / name / f"{number}-{_plain_name(file)}"
                _write(path, chosen)
                written.append(str(path))
    return fold


def _plain_name(file: str) -> str:
    path = Path(file)
    return path.stem if path.suffix in COMPRESSED else path.name


def _description(files: Sequence[str], contents: Sequence[List[List[Line]]], count: int) -> str:
    digest = hashlib.sha256("\n".join(map(_text, contents)).encode())
    return json.dumps({"folds": count, "files": list(map(_plain_name, files)), "sentences": digest.hexdigest()})


def _check_same(path: Path, description: str) -> None:
    """Raises `ConfigurationError` if there is another description; writes it if there is none."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        with whole_file(path) as unfinished:
            Path(unfinished).write_text(description, encoding="utf-8")
    elif path.read_text(encoding="utf-8") != description:
        raise ConfigurationError(
            f"The folds in {path.parent} are of other sentences than the labelled data has now, or another number of "
            "folds was asked for. Name another folder for them, or delete this one and the models that were trained on "
            "its folds."
        )


def _text(sentences: Sequence[List[Line]]) -> str:
    return "".join("".join(f"{line.text}\n" for line in sentence) + "\n" for sentence in sentences)


def _write(path: Path, sentences: Sequence[List[Line]]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with whole_file(path) as unfinished:
        Path(unfinished).write_text(_text(sentences), encoding="utf-8")
