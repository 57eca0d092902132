"""Every corpus file of a folder as the readers read it, compared with what other code finds in it.

The other code is the `conllu` package for CoNLL-U, a few plain lines for columns and text, and spaCy for the entities
that tags in BIO denote. Words, labels, entities and arcs are compared one by one, and their numbers are printed. The
exit status is 1 if anything differs, or if there is nothing to compare.
"""

import argparse
import logging
import sys
from collections import Counter
from functools import partial
from operator import itemgetter
from pathlib import Path
from typing import Any, Callable, Dict, Iterable, Iterator, List, NamedTuple, Sequence, Tuple

import conllu
from allennlp.common import Params
from allennlp.common.checks import ConfigurationError
from allennlp.data import DatasetReader, Instance
from allennlp.data.dataset_readers.dataset_utils import bioul_tags_to_spans
from conllu.exceptions import ParseException
from spacy.training.iob_utils import iob_to_biluo, tags_to_entities

import skd_plugin.plugin  # noqa: F401

Sentence = Tuple[List[str], List[Any]]
"""The words of a sentence and its gold: labels, entities or arcs, each of which can be compared."""


class Check(NamedTuple):
    """What a reader finds in a file (`ours`), and what other code does (`theirs`). `gold` says what is counted."""

    reader: str
    gold: str
    ours: Callable[[], Iterator[Sentence]]
    theirs: Callable[[], Iterator[Sentence]]


def checks(path: Path) -> Iterator[Check]:
    """The readers that fit a file, by its ending."""
    if path.suffix == ".conll":
        yield _check(path, "skd_conll_ner", {}, "entities", _entities_of_instance, lambda: column_sentences(path))
    elif path.suffix == ".txt":
        yield _check(path, "skd_text", {}, "", lambda instance: [], lambda: text_sentences(path))
    elif path.suffix == ".conllu":
        yield from _conllu_checks(path)


def _conllu_checks(path: Path) -> Iterator[Check]:
    first = next(conllu_sentences(path, list))[1][0]
    for column in ("upos", "xpos", "deprel"):
        if first[column] is not None:
            theirs = partial(conllu_sentences, path, partial(map, itemgetter(column)))
            yield _check(path, "skd_conllu", {"tags": column}, f"labels of {column}", _labels_of_instance, theirs)
    if "NE" in (first["misc"] or {}):
        theirs = partial(conllu_sentences, path, lambda words: _entities([word["misc"]["NE"] for word in words]))
        yield _check(path, "skd_conllu", {"tags": "NE"}, "entities", _entities_of_instance, theirs)
    theirs = partial(conllu_sentences, path, partial(map, itemgetter("head", "deprel")))
    yield _check(path, "skd_dependencies", {}, "arcs", _arcs_of_instance, theirs)


def _check(
    path: Path,
    reader: str,
    options: Dict[str, Any],
    gold: str,
    of_instance: Callable[[Instance], Iterable[Any]],
    theirs: Callable[[], Iterator[Sentence]],
) -> Check:
    return Check(reader, gold, lambda: _read(path, reader, options, of_instance), theirs)


def _read(
    path: Path, reader: str, options: Dict[str, Any], gold: Callable[[Instance], Iterable[Any]]
) -> Iterator[Sentence]:
    for instance in DatasetReader.from_params(Params({"type": reader, **options})).read(str(path)):
        yield instance["metadata"]["words"], list(gold(instance))


def _labels_of_instance(instance: Instance) -> List[Any]:
    return instance["tags"].labels


def _entities_of_instance(instance: Instance) -> List[Any]:
    spans = bioul_tags_to_spans(instance["tags"].labels)
    return sorted((first, last, kind) for kind, (first, last) in spans)


def _arcs_of_instance(instance: Instance) -> List[Any]:
    return list(zip(instance["heads"].labels, instance["relations"].labels))


def column_sentences(path: Path) -> Iterator[Sentence]:
    """The sentences of a file of words and tags."""
    rows: List[List[str]] = []
    for line in [*path.read_text(encoding="utf-8").split("\n"), ""]:
        if line.strip():
            rows.append(line.split("\t"))
        elif rows:
            yield [row[0] for row in rows], _entities([row[-1] for row in rows])
            rows = []


def text_sentences(path: Path) -> Iterator[Sentence]:
    """The sentences of a text file."""
    for line in path.read_text(encoding="utf-8").split("\n"):
        if line.strip():
            yield [word for word in line.replace("\t", " ").split(" ") if word], []


def conllu_sentences(path: Path, gold: Callable[[List[Any]], Iterable[Any]]) -> Iterator[Sentence]:
    """The sentences of a CoNLL-U file, with what `gold` finds in their words."""
    with path.open(encoding="utf-8") as file:
        for sentence in conllu.parse_incr(file):
            words = [token for token in sentence if isinstance(token["id"], int)]
            yield [word["form"] for word in words], list(gold(words))


def _entities(tags: Sequence[str]) -> List[Any]:
    return sorted((first, last, kind) for kind, first, last in tags_to_entities(iob_to_biluo(tags)))


def compare(path: Path, check: Check) -> str:
    """What differs, in a few words; empty if nothing does. Prints a row of the table."""
    ours, refusal = _attempt(check.ours)
    theirs, failure = _attempt(check.theirs)
    difference = refusal or failure or _difference(ours, theirs)
    counts = f"{_counts(ours, check.gold)} | {_counts(theirs, check.gold)}"
    print(f"| {path.parent.name}/{path.name} | {check.reader} | {counts} | {difference or 'the same'} |", flush=True)
    return difference


def _attempt(read: Callable[[], Iterator[Sentence]]) -> Tuple[List[Sentence], str]:
    """The sentences, or why there are none."""
    try:
        return list(read()), ""
    except (ConfigurationError, ParseException, ValueError, LookupError) as error:
        return [], f"refused: {error}"


def _difference(ours: List[Sentence], theirs: List[Sentence]) -> str:
    if ours == theirs:
        return ""
    pairs = enumerate(zip(ours, theirs), start=1)
    return next((f"sentence {number} differs" for number, (a, b) in pairs if a != b), "one has more sentences")


def _counts(sentences: List[Sentence], gold: str) -> str:
    words = sum(len(words) for words, _ in sentences)
    counted = f"{len(sentences):,} sentences, {words:,} words"
    if not gold:
        return counted
    items = [item for _, items in sentences for item in items]
    kinds = Counter(item[-1] if isinstance(item, tuple) else item for item in items)
    return f"{counted}, {len(items):,} {gold} of {len(kinds)} kinds"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, help="a folder with corpus files (*.conll, *.conllu, *.txt), at any depth")
    folder = parser.parse_args().folder

    print("| file | reader | read | counted by other code | compared |\n|---|---|---|---|---|")
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    differences = [compare(path, check) for path in files for check in checks(path)]
    if not differences:
        print(f"There is no corpus file in {folder}.", file=sys.stderr)
    sys.exit(not differences or any(differences))


if __name__ == "__main__":
    logging.getLogger("allennlp").setLevel(logging.ERROR)
    main()
