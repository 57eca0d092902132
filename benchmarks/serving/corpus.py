"""CoNLL-U as spaCy's training data: one sentence a Doc, with its own words, tags, tree and, from MISC, entities."""

import argparse
from pathlib import Path
from typing import Iterator, Optional, Sequence

from spacy.tokens import Doc, DocBin
from spacy.training import biluo_to_iob
from spacy.vocab import Vocab

from skd_plugin.data.files.sentence import Sentence
from skd_plugin.data.readers.conllu import Conllu

_ROOT = {"root": "ROOT"}  # the name that spaCy's parser gives by itself
_ID, _MISC = 0, 9


def docs(path: Path, vocab: Vocab, entities: Optional[str] = None) -> Iterator[Doc]:
    """The sentences of the file; `entities` is the key of MISC that holds their tags, in any scheme."""
    reader = Conllu(tags=entities or "xpos")
    for sentence in reader.read_file(str(path), withheld=entities is None):
        yield to_doc(sentence, vocab)


def to_doc(sentence: Sentence, vocab: Vocab) -> Doc:
    """A sentence as `Conllu` reads it; a tree is there only where every word has a head and a relation."""
    heads, relations = sentence.extras["heads"], sentence.extras["relations"]
    whole = None not in heads and None not in relations
    return Doc(
        vocab,
        words=sentence.words,
        spaces=spaces_after(sentence.extras["conllu"]),
        tags=[tag or "" for tag in sentence.extras["xpos"]],
        heads=[head - 1 if head else word for word, head in enumerate(heads)] if whole else None,
        deps=[_ROOT.get(relation, relation) for relation in relations] if whole else None,
        ents=biluo_to_iob(sentence.tags) if sentence.tags else None,
    )


def spaces_after(lines: Sequence[str]) -> list[bool]:
    """Whether a space follows each word. Inside a multiword token none does; after it, its own line decides."""
    spaces: list[bool] = []
    last, after_last = 0, True  # the last word of the multiword token read last, and whether a space follows that
    for cells in (line.split("\t") for line in lines if not line.startswith("#")):
        space = "SpaceAfter=No" not in cells[_MISC].split("|")
        if "-" in cells[_ID]:
            last, after_last = int(cells[_ID].partition("-")[2]), space
        elif cells[_ID].isdecimal():
            word = int(cells[_ID])
            spaces.append(space if word > last else word == last and after_last)
    return spaces


def main(command_line: Optional[Sequence[str]] = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.serving.corpus", description=__doc__)
    parser.add_argument("conllu", type=Path)
    parser.add_argument("out", type=Path, help="the .spacy file to write")
    parser.add_argument("--entities", metavar="KEY", help="key of MISC with entity tags, such as NE; default: none")
    arguments = parser.parse_args(command_line)
    found = DocBin(docs=docs(arguments.conllu, Vocab(), arguments.entities))
    found.to_disk(arguments.out)
    print(f"{len(found)} sentences in {arguments.out}")


if __name__ == "__main__":
    main()
