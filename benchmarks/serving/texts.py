"""The texts of a CoNLL-U file, one a line: its sentences, or documents of consecutive sentences."""

import argparse
from pathlib import Path
from typing import Iterable, Iterator, NamedTuple, Optional, Sequence

from skd_plugin.data.files.conllu import ConlluSentence, conllu_sentences
from skd_plugin.data.files.errors import format_error

_COMMENT = "# text = "


class Text(NamedTuple):
    """A text and how many words it has."""

    text: str
    words: int


def sentences(path: str) -> Iterator[Text]:
    """The `# text` of each sentence."""
    for sentence in conllu_sentences(path):
        yield Text(_text(path, sentence), len(sentence.words))


def joined(texts: Iterable[Text], words: int) -> Iterator[Text]:
    """Consecutive texts, put together until they have at least so many words; the last may have fewer."""
    parts: list[Text] = []
    for text in texts:
        parts.append(text)
        if sum(part.words for part in parts) >= words:
            yield _together(parts)
            parts = []
    if parts:
        yield _together(parts)


def _together(parts: list[Text]) -> Text:
    return Text(" ".join(part.text for part in parts), sum(part.words for part in parts))


def _text(path: str, sentence: ConlluSentence) -> str:
    for line in sentence.lines:
        if line.startswith(_COMMENT):
            return line.removeprefix(_COMMENT)
    raise format_error(
        path,
        sentence.words[0].line,
        "a sentence without its text",
        f"a comment '{_COMMENT}…' before it",
        "Give a treebank that keeps its texts, as those of Universal Dependencies do.",
    )


def main(command_line: Optional[Sequence[str]] = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.serving.texts", description=__doc__)
    parser.add_argument("conllu")
    parser.add_argument("out", type=Path)
    parser.add_argument("--words", type=int, default=1, help="least words of a text; default: every sentence is one")
    arguments = parser.parse_args(command_line)
    texts = list(joined(sentences(arguments.conllu), arguments.words))
    arguments.out.write_text("".join(f"{text.text}\n" for text in texts), encoding="utf-8")
    print(f"{len(texts)} texts of {sum(text.words for text in texts)} words in {arguments.out}")


if __name__ == "__main__":
    main()
