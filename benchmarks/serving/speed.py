"""Words per second of saved spaCy pipelines through `nlp.pipe`, interleaved in one process on one core."""

import argparse
from functools import partial
from types import SimpleNamespace
from typing import Any, Callable, Iterator, Mapping, Optional, Sequence

from benchmarks.pinning import pin

if __name__ == "__main__":
    pin()  # before any library starts its threads

import spacy  # noqa: E402
from spacy.language import Language  # noqa: E402

from benchmarks import machine  # noqa: E402
from benchmarks.serving.comparison import TOKENIZATION, compare, comparison_table  # noqa: E402
from benchmarks.serving.passes import first_passes, repeated_passes  # noqa: E402
from benchmarks.serving.pipelines import check_annotates, count_words, language  # noqa: E402
from skd_plugin.data.files.lines import filled_lines  # noqa: E402

_HOW_TO_READ = """CPU seconds of `nlp.pipe` over {texts:,} texts of {words:,} words (tokens that are no white space):
median (smallest–largest) of {rounds} rounds, pipelines in random order in each (seed {seed}). Ratios and the share
of tokenization are taken within each round."""


def parser() -> argparse.ArgumentParser:
    """What can be chosen on the command line."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.serving.speed", description=__doc__)
    parser.add_argument("texts", help="a file with one text a line")
    parser.add_argument("pipelines", nargs="+", type=_named, metavar="name=folder", help="what spacy.load loads")
    parser.add_argument("--baseline", metavar="NAME", help="the pipeline to compare with; default: the first")
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--seed", type=int, default=7)
    return parser


def _named(text: str) -> tuple[str, str]:
    name, separator, folder = text.partition("=")
    if not (name and separator and folder):
        raise argparse.ArgumentTypeError(f"{text!r} is not of the form name=folder")
    return name, folder


def report(
    loads: Mapping[str, Callable[[], Language]], texts: Sequence[str], baseline: str, rounds: int, seed: int
) -> Iterator[str]:
    """Markdown, piece by piece; every pipeline is tried before any is timed."""
    pipelines = {name: load() for name, load in loads.items()}
    for name, nlp in pipelines.items():
        check_annotates(name, nlp, texts)
    blank = partial(spacy.blank, language(pipelines))
    words = count_words(blank(), texts)
    components = [f"- {name}: {', '.join(nlp.pipe_names)}" for name, nlp in pipelines.items()]
    yield "\n".join(components)
    yield _HOW_TO_READ.format(texts=len(texts), words=words, rounds=rounds, seed=seed)
    yield "## Repeated passes: every word has been seen before"
    seconds = repeated_passes({**pipelines, TOKENIZATION: blank()}, texts, rounds, seed)
    yield comparison_table(compare(seconds, words, baseline), baseline)
    pipelines.clear()
    yield "## First passes: the pipelines are loaded anew for each"
    seconds = first_passes({**loads, TOKENIZATION: blank}, texts, rounds, seed)
    yield comparison_table(compare(seconds, words, baseline), baseline)


def main(command_line: Optional[Sequence[str]] = None) -> None:
    """Print the report."""
    options = parser().parse_args(command_line)
    folders = dict(options.pipelines)
    baseline = options.baseline or options.pipelines[0][0]
    if len(folders) < len(options.pipelines) or baseline not in folders:
        parser().error(f"expected different names, the baseline {baseline!r} among them, found: {', '.join(folders)}")
    texts = [line.text for line in filled_lines(options.texts)]
    loads = {name: partial(spacy.load, folder) for name, folder in folders.items()}
    libraries: dict[str, Any] = {"spacy": SimpleNamespace(name="spacy", version=spacy.__version__)}
    print(machine.description(libraries))
    for section in report(loads, texts, baseline, options.rounds, options.seed):
        print(section, end="\n\n", flush=True)


if __name__ == "__main__":
    main()
