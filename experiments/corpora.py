"""
Makes the data of the experiments under `runs`, from the folders of the corpora.

    python -m experiments.corpora --ewt $EWT --lassy $LASSY --wnut $WNUT --text $TEXT

- `ewt`: 3,057 labelled sentences of the training file, the others as text, and the development file;
- `ewt_tuning`: the labelled sentences of `ewt` in two parts, the smaller one to choose options by;
- `ewt_without_GENRE`: as `ewt`, but no labelled sentence is of that genre, and all of the development file are;
- `lassy` and `wnut`: the labelled sentences, text, and the development file.
"""

import argparse
import random
import re
import shutil
from pathlib import Path
from typing import Any, Dict, List, Sequence

from experiments.split import Document, divided, documents, write_conllu, write_text

RUNS = Path("runs")
GENRES = ("answers", "email", "newsgroup", "reviews", "weblog")
SEED = 0
# Sentences of text, by the name of the file; all of EWT's come first.
SIZES = {"text_3k": 3_000, "text_30k": 30_000, "text_100k": 100_000}


def corpus(name: str) -> Path:
    """The folder of a corpus."""
    return RUNS / name / "corpus"


def genre(document: Document) -> str:
    """The genre of a document of EWT, which its `sent_id` begins with."""
    for line in document[0].split("\n"):
        if line.startswith("# sent_id = "):
            return line.removeprefix("# sent_id = ").split("-")[0]
    raise ValueError(f"A document begins with a sentence without `# sent_id = `, expected EWT's: {document[0][:200]!r}")


def make_ewt(folder: Path, size: int = 3000) -> None:
    """`ewt`, and `ewt_tuning` from its labelled sentences."""
    labelled, text = divided(read_documents(folder / "en_ewt-train.conllu"), size, SEED)
    write_conllu(corpus("ewt") / "labelled.conllu", labelled)
    write_text(corpus("ewt") / "unlabelled.txt", text)
    shutil.copyfile(folder / "en_ewt-dev.conllu", corpus("ewt") / "dev.conllu")

    held_out, rest = divided(documents("\n\n".join(labelled)), len(labelled) // 4, SEED)
    write_conllu(corpus("ewt_tuning") / "labelled.conllu", rest)
    write_conllu(corpus("ewt_tuning") / "dev.conllu", held_out)
    write_text(corpus("ewt_tuning") / "unlabelled.txt", text)


def make_ewt_without(left_out: str, folder: Path, size: int = 3000) -> None:
    """`unlabelled.txt` is of the other genres, `genre.txt` of the one that is left out."""
    of_genre: Dict[bool, List[Document]] = {True: [], False: []}
    for document in read_documents(folder / "en_ewt-train.conllu"):
        of_genre[genre(document) == left_out].append(document)
    labelled, text = divided(of_genre[False], size, SEED)
    dev = [document for document in read_documents(folder / "en_ewt-dev.conllu") if genre(document) == left_out]
    out = corpus(f"ewt_without_{left_out}")
    write_conllu(out / "labelled.conllu", labelled)
    write_text(out / "unlabelled.txt", text)
    write_text(out / "genre.txt", _sentences(of_genre[True]))
    write_conllu(out / "dev.conllu", _sentences(dev))


def make_lassy(folder: Path) -> None:
    labelled, text = divided(read_documents(folder / "nl_lassysmall-train.conllu"), 2000, SEED)
    write_conllu(corpus("lassy") / "labelled.conllu", labelled)
    write_text(corpus("lassy") / "unlabelled.txt", text)
    shutil.copyfile(folder / "nl_lassysmall-dev.conllu", corpus("lassy") / "dev.conllu")


def make_wnut(folder: Path) -> None:
    corpus("wnut").mkdir(parents=True, exist_ok=True)
    for part, name in (("train", "labelled"), ("dev", "dev")):
        shutil.copyfile(folder / f"wnut17-{part}.conll", corpus("wnut") / f"{name}.conll")


def make_text(folder: Path) -> None:
    """Text of other corpora beside what there is of each corpus."""
    others = {name: _shuffled(_lines(folder / f"{name}.txt")) for name in ("masc", "wikisplit", "tatoeba")}
    if corpus("wnut").exists():
        _write_lines(corpus("wnut") / "unlabelled.txt", others["masc"][:10_000])
        _write_lines(corpus("wnut") / "text_30k.txt", others["masc"][:30_000])
    for out in RUNS.glob("ewt_without_*/corpus"):
        for name in ("masc", "wikisplit"):
            _write_lines(out / f"{name}.txt", others[name])
    if corpus("ewt").exists():
        text = _shuffled(_lines(corpus("ewt") / "unlabelled.txt"))
        text += [line for lines in others.values() for line in lines]
        for name, size in SIZES.items():
            _write_lines(corpus("ewt") / f"{name}.txt", text[:size])


def read_documents(path: Path) -> List[Document]:
    return list(documents(path.read_text(encoding="utf8")))


def _sentences(found: Sequence[Document]) -> List[str]:
    return [sentence for document in found for sentence in document]


def _lines(path: Path) -> List[str]:
    return [line for line in path.read_text(encoding="utf8").split("\n") if line]


def _shuffled(lines: List[str]) -> List[str]:
    random.Random(SEED).shuffle(lines)
    return lines


def _write_lines(path: Path, lines: Sequence[str]) -> None:
    path.write_text("".join(f"{line}\n" for line in lines), encoding="utf8")


def main(command_line: Any = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--ewt", type=Path, help="folder with en_ewt-{train,dev}.conllu")
    parser.add_argument("--genres", nargs="*", default=["weblog"], choices=GENRES, help="those to leave out in turn")
    parser.add_argument("--lassy", type=Path, help="folder with nl_lassysmall-{train,dev}.conllu")
    parser.add_argument("--wnut", type=Path, help="folder with wnut17-{train,dev}.conll")
    parser.add_argument("--text", type=Path, help="folder with masc.txt, wikisplit.txt and tatoeba.txt")
    arguments = parser.parse_args(command_line)
    if arguments.ewt:
        make_ewt(arguments.ewt)
        for left_out in arguments.genres:
            make_ewt_without(left_out, arguments.ewt)
    if arguments.lassy:
        make_lassy(arguments.lassy)
    if arguments.wnut:
        make_wnut(arguments.wnut)
    if arguments.text:
        make_text(arguments.text)
    for file in sorted(RUNS.glob("*/corpus/*")):
        print(f"{sentence_count(file):7,} sentences in {file}")


def sentence_count(path: Path) -> int:
    """The sentences of a file of text, which has one a line, or of another one, where an empty line follows each."""
    end = r"\n" if path.suffix == ".txt" else r"\n\s*\n"
    return sum(bool(part.strip()) for part in re.split(end, path.read_text(encoding="utf8")))


if __name__ == "__main__":
    main()
