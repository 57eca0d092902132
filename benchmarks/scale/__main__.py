"""The command of this folder; see its docstring."""

import argparse
import json
import os
import shutil
import signal
import statistics
import sys
import tempfile
import time
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Callable, Dict, Iterable, List, NamedTuple, Sequence

from benchmarks import machine
from benchmarks.markdown import table, wrapped
from benchmarks.scale import commands, machines
from benchmarks.scale.corpus import write_labelled, write_text

_CONFIGS = Path(__file__).parent.parent.parent / "training_configs"
_LABELLED = 300
_PREDICTING = ("--use-dataset-reader", "--batch-size", 64, "--silent", "--output-file")
_PRECISIONS = ("float32", "float16", "bfloat16")


class Kind(NamedTuple):
    """
    teacher, student : the names of their configurations
    sizes : how many sentences are annotated
    streamed : how many of them a student is trained on
    """

    teacher: str
    student: str
    sizes: Sequence[int]
    streamed: Sequence[int]


KINDS = {
    "tagger": Kind("crf_ner", "maxent_ner", (10_000, 100_000, 1_000_000), (10_000, 100_000, 1_000_000)),
    "parser": Kind("biaffine", "biaffine_parser", (10_000, 100_000), (10_000, 100_000)),
}


class Bench:
    """
    Measures in a folder.

    # Parameters

    folder : Where corpora, archives and stores are.
    largest : The most sentences of any measurement.
    rounds : How often what is compared is measured.
    """

    def __init__(self, folder: Path, largest: int, rounds: int) -> None:
        self._folder = folder
        self._largest = largest
        self._rounds = rounds
        write_labelled(folder / "labelled.conllu", _LABELLED, seed=0)

    def annotating(self) -> str:
        """Time, memory and bytes by the number of sentences."""
        rows = []
        for kind in KINDS:
            for size in self._sizes(KINDS[kind].sizes):
                measured = commands.run(
                    "skd-annotate", self._teacher(kind), self._text(size), "--store", self._store(kind, size)
                )
                contents = self._contents(self._store(kind, size))
                rows.append(
                    [
                        kind,
                        f"{size:,}",
                        f"{measured.seconds:,.0f}",
                        f"{measured.peak / 1e6:,.0f}",
                        f"{contents['bytes'] / contents['sentences']:,.0f}",
                    ]
                )
        return table(["teacher", "sentences", "seconds", "peak memory, MB", "bytes per sentence"], rows)

    def training(self) -> str:
        """One epoch of a student on a streamed corpus, with the stores of `annotating`."""
        rows = []
        for name, kind in KINDS.items():
            for size in self._sizes(kind.streamed):
                config = self._streamed_student(name, size)
                measured = commands.run("train", config, "-s", self._folder / f"student_{name}_{size}", "-f")
                rows.append([name, f"{size:,}", f"{measured.seconds:,.0f}", f"{measured.peak / 1e6:,.0f}"])
        return table(["student", "sentences", "seconds", "peak memory, MB"], rows)

    def precisions(self) -> str:
        """Bytes, and what half precision changes."""
        rows = []
        for kind in KINDS:
            for precision in _PRECISIONS:
                store = self._folder / f"{kind}_{precision}"
                commands.run(
                    "skd-annotate", self._teacher(kind), self._text(1000), "--store", store, "--dtype", precision
                )
                contents = self._contents(store)
                loss = contents["loss"] or {"mean": 0.0, "99th percentile": 0.0}
                rows.append(
                    [
                        kind,
                        precision,
                        f"{contents['bytes'] / contents['sentences']:,.0f}",
                        f"{loss['mean']:.1e}",
                        f"{loss['99th percentile']:.1e}",
                    ]
                )
        return table(["teacher", "precision", "bytes per sentence", "KL, nats, mean", "99th percentile"], rows)

    def prediction(self) -> str:
        """The same corpus by `skd-annotate`, and by the teacher's own path, `allennlp predict`, in turn."""
        size = min(10_000, self._largest)
        text, rows = self._text(size), []
        for kind in KINDS:
            teacher, seconds = self._teacher(kind), []
            for number in range(self._rounds):
                store = self._folder / f"beside_{kind}_{number}"
                annotated = commands.run("skd-annotate", teacher, text, "--store", store)
                predicted = commands.run("predict", teacher, text, *_PREDICTING, self._folder / f"{kind}.jsonl")
                seconds.append((annotated.seconds, predicted.seconds))
            ratios = [predicted / annotated for annotated, predicted in seconds]
            rows.append([kind, f"{size:,}", *map(_spread, zip(*seconds)), _spread(ratios, "{:.2f}")])
        return table(["teacher", "sentences", "`skd-annotate`, s", "`allennlp predict`, s", "times as fast"], rows)

    def engines(self) -> str:
        """The same corpus by one process, by two, and by Ray, in turn."""
        size = min(50_000, self._largest)
        ways: Dict[str, List[Any]] = {"one process": [], "two processes": ["--workers", 2]}
        if find_spec("ray"):
            ways["Ray, one actor"] = ["--engine", "ray", "--workers", 1]
        seconds: Dict[str, List[float]] = {name: [] for name in ways}
        differences = set()
        files: Dict[str, bytes] = {}
        for number in range(self._rounds):
            for place, (name, options) in enumerate(ways.items()):
                store = self._folder / f"engine_{place}_{number}"
                arguments = ["skd-annotate", self._teacher("parser"), self._text(size), "--store", store]
                seconds[name].append(commands.run(*arguments, "--shard-size", 1000, *options).seconds)
                files = files or _files(store)
                if _files(store) != files:
                    differences.add(name)
                shutil.rmtree(store)
        first = seconds["one process"]
        rows = [
            [
                name,
                _spread(found),
                _spread([alone / other for alone, other in zip(first, found)], "{:.2f}"),
                _yes(name not in differences),
            ]
            for name, found in seconds.items()
        ]
        return table(["who reads", "seconds", "times as fast", "the same files, bit by bit"], rows)

    def kills(self) -> str:
        """A worker and then the command are killed; the same command is run again."""
        size = min(10_000, self._largest)
        whole, killed = self._folder / "whole", self._folder / "killed"
        options = ["--shard-size", max(1, size // 20)]
        arguments = ["skd-annotate", self._teacher("parser"), self._text(size), *options, "--store"]
        commands.run(*arguments, whole)
        process = commands.start(*arguments, killed, "--workers", 2)
        _wait(lambda: len(list(killed.glob("shard-*.safetensors"))) >= 3)
        worker = max(_children(process.pid), key=lambda child: _cpu_ticks(child))
        os.kill(worker, signal.SIGKILL)
        _wait(lambda: len(list(killed.glob("shard-*.safetensors"))) >= 8)
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
        # The workers end when they notice that the command is gone.
        time.sleep(5)
        before = len(list(killed.glob("shard-*.safetensors")))
        again = commands.run(*arguments, killed)
        rows = [
            ["files after both kills", str(before)],
            ["what the second command says", _line(again.output, "different sentences")],
            ["the same files as without kills, bit by bit", _yes(_files(whole) == _files(killed))],
            ["checked by `skd-store --verify`", _yes(not self._contents(killed, "--verify")["faults"])],
        ]
        return table(["", ""], rows)

    def machines(self) -> str:
        """Ray on two machines, of which one is cut off in the middle."""
        if not machines.can_be_made():
            return "Not measured: this needs Linux, a user who may make network namespaces, and Ray."
        size = min(10_000, self._largest)
        one, two = self._folder / "one_machine", self._folder / "two_machines"
        arguments = ["skd-annotate", self._teacher("parser"), self._text(size), "--shard-size", max(1, size // 20)]
        commands.run(*arguments, "--store", one)
        on_ray = ["--engine", "ray", "--address", machines.ADDRESS, "--workers", 2]
        with machines.Machines(self._folder) as both:
            start = time.monotonic()
            process = both.start(commands.ALLENNLP, *arguments, "--store", two, *on_ray)
            _wait(lambda: len(list(two.glob("shard-*.safetensors"))) >= 5)
            both.cut()
            status = process.wait()
            seconds = time.monotonic() - start
        rows = [
            ["files when the second machine is cut off", "5"],
            ["exit status of the command", str(status)],
            ["seconds", f"{seconds:.0f}"],
            ["the same files as by one process, bit by bit", _yes(_files(one) == _files(two))],
        ]
        return table(["", ""], rows)

    def _sizes(self, sizes: Sequence[int]) -> List[int]:
        return [size for size in sizes if size <= self._largest]

    def _text(self, size: int) -> Path:
        path = self._folder / f"text_{size}.txt"
        if not path.exists():
            write_text(path, size, seed=size)
        return path

    def _store(self, kind: str, size: int) -> Path:
        return self._folder / f"store_{kind}_{size}"

    def _teacher(self, kind: str) -> Path:
        run = self._folder / f"teacher_{kind}"
        if not run.exists():
            commands.run("train", self._config(f"teacher_{kind}", f"teachers/{KINDS[kind].teacher}", {}), "-s", run)
        return run / "model.tar.gz"

    def _streamed_student(self, kind: str, size: int) -> Path:
        teachers = [{"archive": str(self._teacher(kind)), "store": str(self._store(kind, size))}]
        changes = {
            "data_loader": {"type": "skd_streaming", "batch_size": 32},
            "trainer": {"callbacks": [{"type": "skd_distiller", "teachers": teachers}]},
        }
        return self._config(f"student_{kind}_{size}", f"students/{KINDS[kind].student}", changes, [self._text(size)])

    def _config(self, name: str, base: str, changes: Dict[str, Any], text: Sequence[Path] = ()) -> Path:
        data = {"labelled": str(self._folder / "labelled.conllu"), "unlabelled": [*map(str, text)]}
        content = {
            **changes,
            "train_data_path": {key: value for key, value in data.items() if value},
            "validation_data_path": None,
            "trainer": {"num_epochs": 1, **changes.get("trainer", {})},
        }
        # The sections of `changes` take the place of the base's, but those of the trainer are added.
        sections = ", ".join(
            f"{json.dumps(key)}{'+' if key == 'trainer' else ''}: {json.dumps(value)}" for key, value in content.items()
        )
        path = self._folder / f"{name}.jsonnet"
        path.write_text(f"(import {json.dumps(str(_CONFIGS / base) + '.jsonnet')}) + {{ {sections} }}\n")
        return path

    def _contents(self, store: Path, *options: str) -> Dict[str, Any]:
        output = commands.run("skd-store", store, "--json", *options).output
        contents: Dict[str, Any] = json.loads(output[output.index("{\n") :])
        return contents


def _files(store: Path) -> Dict[str, bytes]:
    return {file.name: file.read_bytes() for file in store.glob("*.safetensors")}


def _spread(values: Iterable[float], form: str = "{:.0f}") -> str:
    """The median, the smallest and the largest."""
    found = sorted(values)
    return f"{form} ({form}–{form})".format(statistics.median(found), found[0], found[-1])


def _yes(is_so: bool) -> str:
    return "yes" if is_so else "NO"


def _line(output: str, text: str) -> str:
    return next(line for line in output.split("\n") if text in line)


def _wait(condition: Callable[[], bool]) -> None:
    for _ in range(6000):
        if condition():
            return
        time.sleep(0.1)
    raise TimeoutError("What was waited for did not happen in ten minutes.")


def _children(process: int) -> List[int]:
    text = Path(f"/proc/{process}/task/{process}/children").read_text()
    return [int(child) for child in text.split()]


def _cpu_ticks(process: int) -> int:
    """The CPU time of a process in ticks: workers have used more than the helpers of multiprocessing."""
    fields = Path(f"/proc/{process}/stat").read_text().rsplit(")", 1)[1].split()
    return int(fields[11])


SECTIONS: Dict[str, Callable[[Bench], str]] = {
    "Annotating": Bench.annotating,
    "Training on a streamed corpus": Bench.training,
    "Precision": Bench.precisions,
    "Beside prediction": Bench.prediction,
    "Who reads": Bench.engines,
    "Kills": Bench.kills,
    "A machine that is gone": Bench.machines,
}

_HOW_TO_READ = """Sentences are synthetic, 18 words long on average, of 30,000 made-up words. Teachers and students are
those of `training_configs` in their sizes, trained on 300 sentences: what they say is worth nothing, but costs as much.
Each process has one thread. Memory is the peak of resident memory of the command's own process. A training is one epoch
of a student that learns from the store, with the loader `skd_streaming`."""


def main() -> None:
    parser = argparse.ArgumentParser(description="Measures annotating and training on large corpora.")
    parser.add_argument("--output", type=Path, help="a Markdown file to write")
    parser.add_argument("--folder", type=Path, help="where corpora and stores go, and stay (default: a temporary one)")
    parser.add_argument("--largest", type=int, default=1_000_000, help="the most sentences of any measurement")
    parser.add_argument("--rounds", type=int, default=3, help="how often what is compared is measured")
    parser.add_argument("--only", nargs="+", choices=SECTIONS, default=[*SECTIONS])
    arguments = parser.parse_args()
    folder = arguments.folder or Path(tempfile.mkdtemp())
    folder.mkdir(parents=True, exist_ok=True)
    try:
        bench = Bench(folder, arguments.largest, arguments.rounds)
        parts = ["# Large corpora", wrapped(_HOW_TO_READ), machine.description({}), f"`{' '.join(sys.argv)}`"]
        for title in arguments.only:
            parts += [f"## {title}", SECTIONS[title](bench)]
            print("\n\n".join(parts[-2:]), flush=True)
    finally:
        if arguments.folder is None:
            shutil.rmtree(folder)
    if arguments.output:
        arguments.output.write_text("\n\n".join(parts) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
