"""Forked and spawned workers annotate as a single process does, even after the model has run in their parent.

What they load was saved, and its archives are gone.
"""

import multiprocessing
import os
import shutil
from pathlib import Path

import pytest
import torch
from spacy.language import Language

from skd_plugin.serving.model.student import prepare_process
from tests.serving import TEXTS, assert_same, docs_at, pipeline, run

pytestmark = pytest.mark.slow

SECONDS = 240
METHODS = [method for method in ("fork", "spawn") if method in multiprocessing.get_all_start_methods()]
IN_PROCESSES = """
import multiprocessing
import sys
import spacy
import torch
from spacy.tokens import DocBin

if __name__ == "__main__":
    path, *methods = sys.argv[1:]
    torch.set_num_threads(2)
    nlp = spacy.load(path)
    list(nlp.pipe(TEXTS, batch_size=100))  # in this process, with its threads
    for method in methods:
        multiprocessing.set_start_method(method, force=True)
        docs = nlp.pipe(TEXTS, n_process=2, batch_size=2)
        DocBin(docs=docs, store_user_data=True).to_disk(f"{method}.spacy")
"""


@pytest.fixture(scope="module")
def nlp(
    ner_archive: Path, biaffine_archive: Path, upos_archive: Path, tmp_path_factory: pytest.TempPathFactory
) -> Language:
    """A pipeline whose archives are gone, so that other processes have only what it saves."""
    archives = {"skd_tagger": upos_archive, "skd_parser": biaffine_archive, "skd_ner": ner_archive}
    folder = tmp_path_factory.mktemp("archives")
    moved = {name: Path(shutil.copy(archive, folder / f"{name}.tar.gz")) for name, archive in archives.items()}
    nlp = pipeline(**moved)
    shutil.rmtree(folder)
    return nlp


def test_two_processes_annotate_as_one(nlp: Language, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)  # as on a machine where nobody thought of it
    nlp.to_disk(tmp_path / "pipeline")
    # Long sentences, at which torch uses its threads.
    texts = [text * 3 for text in TEXTS] * 2
    code = IN_PROCESSES.replace("TEXTS", repr(texts))
    run(tmp_path / "processes.py", code, tmp_path / "pipeline", *METHODS, timeout=SECONDS)
    expected = list(nlp.pipe(texts))
    for method in METHODS:
        assert_same(docs_at(tmp_path / f"{method}.spacy", nlp), expected)


WHILE_THREADS_WORK = """
import multiprocessing
import os
import sys
import threading
import spacy
from itertools import count
from spacy.tokens import DocBin

def new_words(thread):
    for number in count():
        list(nlp.pipe(" ".join(f"w{thread}-{number}-{word}" for word in range(50)) for _ in range(4)))

if __name__ == "__main__":
    path, out = sys.argv[1:]
    multiprocessing.set_start_method("fork")
    nlp = spacy.load(path)
    # They meet the kernels, and always new words, while processes are forked.
    for thread in range(2):
        threading.Thread(target=new_words, args=(thread,), daemon=True).start()
    for child in range(10):
        process = os.fork()
        if not process:
            threads = [threading.Thread(target=nlp, args=(f"A new{child} word{t} in Oslo.",)) for t in range(2)]
            [thread.start() for thread in threads]
            [thread.join() for thread in threads]
            os._exit(0)
        assert os.waitpid(process, 0)[1] == 0
    docs = list(nlp.pipe(TEXTS, n_process=2, batch_size=2))
    DocBin(docs=docs, store_user_data=True).to_disk(out)
    os._exit(0)
"""


@pytest.mark.skipif("fork" not in METHODS, reason="this system cannot fork")
def test_processes_are_forked_while_threads_work(nlp: Language, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("OMP_NUM_THREADS", "2")
    nlp.to_disk(tmp_path / "pipeline")
    code = WHILE_THREADS_WORK.replace("TEXTS", repr(TEXTS))
    run(tmp_path / "threads.py", code, tmp_path / "pipeline", tmp_path / "docs.spacy", timeout=SECONDS)
    assert_same(docs_at(tmp_path / "docs.spacy", nlp), list(nlp.pipe(TEXTS)))


ON_A_READ_ONLY_SYSTEM = """
import sys
from numba.core import caching

def fails(locator):
    raise OSError("Read-only file system")

# Permissions mean nothing to root, who runs tests in containers.
caching._CacheLocator.ensure_cache_path = fails
import spacy
nlp = spacy.load(sys.argv[1])
print([entity.text for entity in nlp("Anna Berg moved to Oslo.").ents])
"""


@pytest.mark.parametrize("folder", ["", "/proc/nowhere"])
def test_a_file_system_that_is_read_only(
    ner_archive: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, folder: str
):
    monkeypatch.setenv("HOME", "/proc/nowhere")
    monkeypatch.setenv("NUMBA_CACHE_DIR", folder)
    pipeline(skd_ner=ner_archive).to_disk(tmp_path / "pipeline")
    assert run(tmp_path / "load.py", ON_A_READ_ONLY_SYSTEM, tmp_path / "pipeline") == "['Anna Berg', 'Oslo']\n"


@pytest.fixture
def two_threads():
    before = torch.get_num_threads()
    torch.set_num_threads(2)
    yield
    torch.set_num_threads(before)


def test_the_process_that_loaded_the_model_keeps_its_threads(two_threads):
    prepare_process(torch.device("cpu"), os.getpid())
    prepare_process(torch.device("cuda"), os.getpid())
    assert torch.get_num_threads() == 2


def test_a_forked_process_runs_in_one_thread(two_threads):
    prepare_process(torch.device("cpu"), os.getpid() + 1)
    assert torch.get_num_threads() == 1


def test_a_forked_process_cannot_use_the_gpu():
    with pytest.raises(
        RuntimeError, match=r"on cuda, which a forked process cannot use. Run nlp.pipe with n_process=1"
    ):
        prepare_process(torch.device("cuda"), os.getpid() + 1)
