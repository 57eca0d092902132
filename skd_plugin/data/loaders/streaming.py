"""The data loader `skd_streaming`, for corpora that do not fit into memory."""

import logging
import random
from typing import Any, Dict, Iterable, Iterator, Optional, Sequence, Tuple, final

import torch
import torch.distributed
from allennlp.common import Tqdm
from allennlp.common.checks import ConfigurationError
from allennlp.common.util import is_distributed
from allennlp.data import Batch, DataLoader, DatasetReader, Instance, TensorDict, Vocabulary
from allennlp.nn.util import move_to_device
from torch.utils.data import Dataset

from skd_plugin.compat.options import CheckedOptions, check_range
from skd_plugin.data.files.sentence import Sentence
from skd_plugin.data.loaders.batch_order import BatchOrder, FileOrder, ShuffledOrder
from skd_plugin.data.loaders.sentence_file import SentenceFile
from skd_plugin.data.readers.sentence_reader import SentenceReader

logger = logging.getLogger(__name__)


@final
@DataLoader.register("skd_streaming")
class Streaming(CheckedOptions, DataLoader):
    """
    Keeps the sentences of a corpus on disk, and makes the instances of a batch when it is the batch's turn.

    The files are read once, when the loader is made, so whatever is wrong in them is found before training. The number
    of batches is known. In an epoch each sentence is in one batch. The order follows from `seed` and the number of the
    epoch alone, so a resumed run (`-r`) goes on at any batch without making those before.

    In a distributed run each process has its own part of the sentences, of which the sizes differ by one at most, and
    all have the same number of batches.

    Registered as a `DataLoader` with name "skd_streaming".

    # Parameters

    reader : `DatasetReader`
        A reader of this plugin.
    data_path : `Any`
        As the reader takes it.
    batch_size : `int`
        How many sentences a batch has. In a distributed run it may be one more, once in each pass over the sentences.
    shuffle : `bool`, optional (default = `True`)
        Whether sentences of similar lengths are batched together, in another order in each epoch. Otherwise the order
        is that of the files.
    batches_per_epoch : `int`, optional (default = `None`)
        Cuts the passes over the sentences, which follow one another, into epochs of so many batches. By default an
        epoch is a pass.
    num_workers : `int`, optional (default = `0`)
        How many processes make batches beside the one that trains. The batches are the same for any number of them.
    window_size : `int`, optional (default = `65536`)
        About how many sentences, from many places of the corpus, are shuffled and sorted by length together.
    directory : `str`, optional (default = `None`)
        The folder on whose disk the sentences are kept, in a file without a name that is gone when the process ends. By
        default that of temporary files.
    seed : `int`, optional (default = `None`)
        By default it follows from the state of Python's random numbers, and so from the `random_seed` of the
        configuration.
    """

    def __init__(
        self,
        reader: DatasetReader,
        data_path: Any,
        batch_size: int,
        shuffle: bool = True,
        batches_per_epoch: Optional[int] = None,
        num_workers: int = 0,
        window_size: int = 1 << 16,
        directory: Optional[str] = None,
        seed: Optional[int] = None,
    ) -> None:
        check_range("`batch_size` of skd_streaming", batch_size, 1)
        check_range("`batches_per_epoch` of skd_streaming", 1 if batches_per_epoch is None else batches_per_epoch, 1)
        check_range("`num_workers` of skd_streaming", num_workers, 0)
        check_range("`window_size` of skd_streaming", window_size, 1)
        check_range("`seed` of skd_streaming", seed or 0, 0)
        # By this name AllenNLP warns of it where the validation data have the loader's options too.
        self.batches_per_epoch = batches_per_epoch
        self._reader = _checked_reader(reader)
        self._num_workers = num_workers
        corpus = _Corpus(self._reader.read_sentences(data_path))
        self._sentences = SentenceFile(Tqdm.tqdm(corpus, desc="reading sentences"), directory)
        self._first_with_label = corpus.first_with_label
        # The size of this process's own part would give some processes one batch more than others.
        smallest_part = corpus.size // corpus.num_processes
        if smallest_part == 0:
            raise ConfigurationError(
                f"The data path {data_path} gives {corpus.size} sentence(s), expected at least one for each of the "
                f"{corpus.num_processes} process(es) of the run. Use more sentences or fewer devices, and check the "
                "reader's `max_instances`."
            )
        self._batches_per_pass = -(-smallest_part // batch_size)
        self._order: BatchOrder
        if shuffle:
            self._order = ShuffledOrder(
                self._sentences.lengths,
                batch_size,
                self._batches_per_pass,
                window_size,
                _current_seed() if seed is None else seed,
            )
        else:
            self._order = FileOrder(len(self._sentences), batch_size, self._batches_per_pass)
        self._epoch, self._done = 0, 0
        self._vocab: Optional[Vocabulary] = None
        self._device: Optional[torch.device] = None
        logger.info("%d sentences are kept on disk, in %d bytes", len(self._sentences), self._sentences.num_bytes)

    def __len__(self) -> int:
        return self._batches_per_pass if self.batches_per_epoch is None else self.batches_per_epoch

    def __iter__(self) -> Iterator[TensorDict]:
        """The batches of the next epoch."""
        if self._vocab is None:
            raise ValueError("The loader has no vocabulary yet. Call `index_with(vocab)` first.")
        epoch, done = self._epoch, self._done
        self.set_epoch(epoch + 1)
        return self._epoch_from(epoch, done)

    @property
    def num_sentences(self) -> int:
        """How many sentences this process has."""
        return len(self._sentences)

    def set_epoch(self, epoch: int, done: int = 0) -> None:
        """
        Says which epoch is the next, as in torch's `DistributedSampler`.

        # Parameters

        epoch : `int`
            Epochs count from 0.
        done : `int`, optional (default = `0`)
            How many of its batches were done before an interruption. In their place come empty dictionaries, which
            AllenNLP's trainer skips.
        """
        self._epoch, self._done = epoch, done

    def iter_instances(self) -> Iterator[Instance]:
        """An instance of each sentence of this process, in the order of the files."""
        return map(self._instance, self._sentences)

    def iter_sentences(self) -> Iterator[Tuple[str, ...]]:
        """The words of each sentence of this process, in the order of the files, without making instances."""
        return (tuple(sentence.words) for sentence in self._sentences)

    def iter_with_tags(self) -> Iterator[Sentence]:
        """The same sentences with their tags and with where they stand."""
        return iter(self._sentences)

    def longest_instance(self) -> Instance:
        """That of the first of the longest sentences."""
        return self._instance(self._sentences[int(self._sentences.lengths.argmax())])

    def index_with(self, vocab: Vocabulary) -> None:
        """Raises `ConfigurationError` if the vocabulary lacks a label of the corpus, unless the reader accepts it."""
        self._vocab = vocab
        for sentence in self._first_with_label.values():
            self._instance(sentence)

    def set_target_device(self, device: torch.device) -> None:
        self._device = device

    def _epoch_from(self, epoch: int, done: int) -> Iterator[TensorDict]:
        for _ in range(min(done, len(self))):
            yield {}
        first = epoch * len(self)
        for batch in self._batches(range(first + done, first + len(self))):
            yield batch if self._device is None else move_to_device(batch, self._device)

    def _batches(self, numbers: Sequence[int]) -> Iterable[TensorDict]:
        """The batches with these numbers, counted from the first of the first pass."""
        if self._num_workers == 0:
            return map(self._batch, numbers)
        return torch.utils.data.DataLoader(
            _Batches(self),
            sampler=numbers,
            batch_size=None,
            collate_fn=_unchanged,
            num_workers=self._num_workers,
            # The workers share the file without a name. Each computes in one thread, so OpenMP starts no threads in
            # them, which would wait for ever for those of this process.
            multiprocessing_context="fork",
            # Otherwise it would draw a seed from the numbers that serve dropout.
            generator=torch.Generator(),
        )

    def _batch(self, number: int) -> TensorDict:
        place = divmod(number, self._batches_per_pass)
        for ahead in self._order.sentences_ahead(*place):
            self._sentences.read_ahead(ahead.start, ahead.stop)
        indices = self._order.batch(*place).tolist()
        return Batch([self._instance(self._sentences[index]) for index in indices]).as_tensor_dict()

    def _instance(self, sentence: Sentence) -> Instance:
        instance = self._reader.to_instance(sentence)
        self._reader.apply_token_indexers(instance)
        if self._vocab is not None:
            instance.index_fields(self._vocab)
        return instance


class _Batches(Dataset):
    """The batches by their numbers, as torch's loader asks for them."""

    def __init__(self, loader: Streaming) -> None:
        self._loader = loader

    def __getitem__(self, number: int) -> TensorDict:
        return self._loader._batch(number)


class _Corpus:
    """
    The sentences that this process has of all that are read: every R-th if there are R processes.

    # Parameters

    sentences : `Iterable[Sentence]`
        Those of all processes.
    """

    def __init__(self, sentences: Iterable[Sentence]) -> None:
        self._sentences = sentences
        self._rank = torch.distributed.get_rank() if is_distributed() else 0
        self.num_processes = torch.distributed.get_world_size() if is_distributed() else 1
        self.size = 0
        """The number of sentences of all processes that were read so far."""
        self.first_with_label: Dict[str, Sentence] = {}
        """For each label the first of this process's sentences that has it, of those that were read so far."""

    def __iter__(self) -> Iterator[Sentence]:
        for sentence in self._sentences:
            if self.size % self.num_processes == self._rank:
                for label in set(sentence.tags or ()).difference(self.first_with_label):
                    self.first_with_label[label] = sentence
                yield sentence
            self.size += 1


def _checked_reader(reader: DatasetReader) -> SentenceReader:
    if isinstance(reader, SentenceReader):
        return reader
    raise ConfigurationError(
        "The data loader skd_streaming keeps sentences as readers of this plugin read them, and the dataset reader is "
        f"a {type(reader).__name__}. Use a reader of the plugin, or derive yours from skd_plugin.data.SentenceReader. "
        "AllenNLP's own loader takes any reader; for a corpus that does not fit into memory it has the option "
        "`max_instances_in_memory`."
    )


def _current_seed() -> int:
    """A number that follows from the state of Python's random numbers, without drawing from them."""
    copy = random.Random()
    copy.setstate(random.getstate())
    return copy.getrandbits(32)


def _unchanged(batch: Any) -> Any:
    return batch
