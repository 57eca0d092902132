"""
A soak test: a pipeline annotates many docs in threads and, at the same time, in processes that are forked anew for each
block of docs: `python -m experiments.soak PIPELINE --docs 100000`.

It fails if a result differs from that of a plain run, if memory grows by more than spaCy's strings need, or if
nothing ends for some minutes.
"""

import argparse
import faulthandler
import multiprocessing
import sys
import time
from pathlib import Path
from queue import Empty, SimpleQueue
from threading import Thread
from typing import Dict, List

import spacy
from spacy.language import Language

from experiments.soak.results import Result, are_same, result_of
from experiments.soak.texts import texts

BLOCK = 250
SECONDS = 900
"""The longest that a block may take."""
BYTES_A_STRING = 4096
"""spaCy keeps each new word: a string, its features, and what the tokenizer remembers."""
FREE_BYTES = 300 << 20
"""What may come beside them: the component's table of words, and the memory that torch keeps."""


class Soak:
    """
    # Parameters

    nlp : a pipeline with a model
    docs : how many docs it annotates
    """

    def __init__(self, nlp: Language, docs: int) -> None:
        self._nlp = nlp
        self._starts: "SimpleQueue[int]" = SimpleQueue()
        self._docs = docs
        for start in range(0, docs, BLOCK):
            self._starts.put(start)
        self.results: Dict[int, Result] = {}
        self.errors: List[str] = []

    def run(self, threads: int, processes: int) -> None:
        """Annotates all blocks: each in one of the threads, or by this one in forked processes."""
        workers = [Thread(target=self._work, args=(1,), daemon=True) for _ in range(threads)]
        for worker in workers:
            worker.start()
        self._work(processes)
        for worker in workers:
            worker.join()
        faulthandler.cancel_dump_traceback_later()

    def _work(self, processes: int) -> None:
        while True:
            try:
                start = self._starts.get_nowait()
            except Empty:
                return
            faulthandler.dump_traceback_later(SECONDS, exit=True)
            try:
                self._annotate(start, processes)
            except Exception as error:
                self.errors.append(f"block {start}: {type(error).__name__}: {error}")

    def _annotate(self, start: int, processes: int) -> None:
        block = texts(start, min(start + BLOCK, self._docs))
        docs = self._nlp.pipe(block, n_process=processes, batch_size=50)
        for number, (text, doc) in enumerate(zip(block, docs, strict=True), start=start):
            if doc.text != text:
                raise ValueError(f"doc {number} is another text")
            self.results[number] = result_of(doc)
        if start % 10_000 == 0:
            print(f"{start:>8} docs, {memory() >> 20} MiB", flush=True)


def memory() -> int:
    """The bytes that the process has in memory."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * 4096


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("pipeline", type=Path)
    parser.add_argument("--docs", type=int, default=100_000)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--processes", type=int, default=2)
    arguments = parser.parse_args()

    multiprocessing.set_start_method("fork")
    nlp = spacy.load(arguments.pipeline)
    begin, strings, bytes_before = time.time(), len(nlp.vocab.strings), memory()
    soak = Soak(nlp, arguments.docs)
    soak.run(arguments.threads, arguments.processes)
    new_strings, growth = len(nlp.vocab.strings) - strings, memory() - bytes_before
    print(
        f"{len(soak.results)} docs in {time.time() - begin:.0f} s; {growth >> 20} MiB more, {new_strings} new strings"
    )

    plain = Soak(spacy.load(arguments.pipeline), arguments.docs)
    plain.run(threads=0, processes=1)
    different = [number for number in plain.results if number not in soak.results]
    different += [
        n for n, result in soak.results.items() if n in plain.results and not are_same(result, plain.results[n])
    ]
    faults = soak.errors + plain.errors
    if different:
        faults.append(f"{len(different)} docs differ from those of a plain run: {sorted(different)[:10]}")
    if growth > FREE_BYTES + BYTES_A_STRING * new_strings:
        faults.append(f"memory has grown by {growth >> 20} MiB")
    print(*faults or ["all results are those of a plain run"], sep="\n")
    sys.exit(bool(faults))


if __name__ == "__main__":
    main()
