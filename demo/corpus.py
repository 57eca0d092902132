"""Write the demo's corpus: sentences of an invented language with entities, parts of speech and dependency trees.

    python -m demo.corpus OUT_DIR [--seed 0] [--labelled 300] [--unlabelled 3000] [--dev 400] [--test 1000]

The corpus is synthetic. A small hand-written dependency grammar (clauses.py, phrases.py, names.py) puts invented
content words (words.py, lexicon.py) between English function words. The type of an entity is decided first; it
shows in the affixes of its name, but not surely, and in the verbs and nouns around it, which have a long Zipfian
tail. A share NOISE of the mentions is annotated wrongly on purpose. The same seed gives the same corpus; a longer
split starts with the shorter one.
"""

import argparse
from pathlib import Path
from random import Random
from typing import Dict, Iterator, List, Set

from demo.clauses import Clauses
from demo.lexicon import TYPES, Lexicon
from demo.tree import Word, finish

SIZES = {"test": 1000, "dev": 400, "labelled": 300, "unlabelled": 3000}
"""Sentences per split. Splits are generated in this order, and sentences that were generated before are left out."""
NOISE = 0.02
LONGEST = 40
GENERATOR = "# generator = skd_plugin demo/corpus.py (synthetic, seed {seed})"
README = "A program wrote all of these sentences. unlabelled.txt has one sentence per line.\n"

Sentence = List[Word]


def generate(seed: int, sizes: Dict[str, int]) -> Dict[str, List[Sentence]]:
    """The sentences of every split. No sentence occurs twice, in one split or in two."""
    lexicon = Lexicon(Random(f"lexicon {seed}"))
    seen: Set[str] = set()
    splits = {}
    for split, size in sizes.items():
        rng = Random(f"{split} {seed}")
        fresh = _unseen(_sentences(lexicon, rng), seen)
        splits[split] = [next(fresh) for _ in range(size)]
    return splits


def _sentences(lexicon: Lexicon, rng: Random) -> Iterator[Sentence]:
    clauses = Clauses(lexicon, rng)
    while True:
        sentence = finish(clauses.sentence())
        _misannotate(sentence, rng)
        if len(sentence) <= LONGEST:
            yield sentence


def _unseen(sentences: Iterator[Sentence], seen: Set[str]) -> Iterator[Sentence]:
    for sentence in sentences:
        words = text(sentence)
        if words not in seen:
            seen.add(words)
            yield sentence


def _misannotate(sentence: Sentence, rng: Random) -> None:
    """Give a few mentions a wrong type, as annotators do."""
    mentions = {id(word.mention): word.mention for word in sentence if word.mention}
    for mention in mentions.values():
        if rng.random() < NOISE:
            mention.type = rng.choice([other for other in TYPES if other != mention.type])


def text(sentence: Sentence) -> str:
    return " ".join(word.form for word in sentence)


def entity_tags(sentence: Sentence) -> List[str]:
    """The IOB2 tags of a sentence."""
    previous = [None, *(word.mention for word in sentence)]
    return [
        "O" if word.mention is None else ("I-" if word.mention is before else "B-") + word.mention.type
        for word, before in zip(sentence, previous)
    ]


def conllu(sentence: Sentence) -> str:
    """The sentence in CoNLL-U, entities in MISC."""
    lines = [f"# text = {text(sentence)}"]
    for index, (word, tag) in enumerate(zip(sentence, entity_tags(sentence)), start=1):
        columns = [
            index,
            word.form,
            word.lemma,
            word.upos,
            "_",
            word.feats,
            word.head,
            word.relation,
            "_",
            f"NE={tag}",
        ]
        lines.append("\t".join(map(str, columns)))
    return "\n".join(lines) + "\n\n"


def write(directory: Path, seed: int, sizes: Dict[str, int]) -> None:
    """Write every split: plain text for `unlabelled`, CoNLL-U for the others."""
    directory.mkdir(parents=True, exist_ok=True)
    header = GENERATOR.format(seed=seed) + "\n"
    (directory / "README.txt").write_text(header + README, encoding="utf-8")
    for split, sentences in generate(seed, sizes).items():
        if split == "unlabelled":
            name, contents = "unlabelled.txt", [text(sentence) + "\n" for sentence in sentences]
        else:
            name, contents = f"{split}.conllu", [header, *map(conllu, sentences)]
        (directory / name).write_text("".join(contents), encoding="utf-8")


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m demo.corpus", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("directory", type=Path, metavar="OUT_DIR")
    parser.add_argument("--seed", type=int, default=0)
    for split, size in SIZES.items():
        parser.add_argument(f"--{split}", type=int, default=size, metavar="N", help=f"sentences (default {size})")
    arguments = vars(parser.parse_args())
    write(arguments["directory"], arguments["seed"], {split: arguments[split] for split in SIZES})


if __name__ == "__main__":
    main()
