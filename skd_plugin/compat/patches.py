"""Changes to AllenNLP 2.10.1: for today's torch, numpy and transformers, and for words and sentences of all lengths.

Importing this module applies them. Each function below is one change. Its docstring gives the symptom without it, the
cause, and the remedy. `tests/compat/test_patches.py` has one test for each, which shows the symptom first. What changes
for words on transformers is in `word_pieces`, for runs that are killed in `recovery`, for runs that continue
another one's model in `continuing`, and for logs in `logs`.
"""

import difflib
import functools
import hashlib
import pickle
import secrets
import warnings
from typing import Any, Callable, List, Optional, Union, cast

from skd_plugin.compat import environment, import_hook

# Before the first import of AllenNLP. In a checkout that was never installed, nothing else has called these two.
import_hook.install()
environment.check()

import numpy as np  # noqa: E402
import torch  # noqa: E402
from allennlp.common import cached_transformers, registrable, util  # noqa: E402
from allennlp.modules.token_embedders.token_characters_encoder import TokenCharactersEncoder  # noqa: E402
from allennlp.nn import util as nn_util  # noqa: E402
from allennlp.training.callbacks.wandb import WandBCallback  # noqa: E402
from allennlp.training.learning_rate_schedulers import LearningRateScheduler  # noqa: E402
from allennlp.training.learning_rate_schedulers.learning_rate_scheduler import (  # noqa: E402
    _PyTorchLearningRateSchedulerWithMetricsWrapper,
)
from allennlp.training.optimizers import Optimizer  # noqa: E402

import skd_plugin.compat.logs  # noqa: E402
import skd_plugin.compat.word_pieces  # noqa: E402, F401
from skd_plugin.compat import continuing, recovery  # noqa: E402
from skd_plugin.compat.registration import replace  # noqa: E402

_HAVE_NO_TENSORS = frozenset({str, int, float, bool, type(None)})


def trust_numpy_scalars() -> None:
    """Allow to resume a run whose training state contains numpy numbers.

    Symptom: `allennlp train -r` with the `cosine` scheduler ends in `UnpicklingError: Weights only load failed`.
    Cause: since torch 2.6 `torch.load` builds only the types on a list, and AllenNLP stores a learning rate that is a
    numpy scalar. Remedy: put numpy's number types, which are plain data, on that list.
    """
    dtypes = [np.float16, np.float32, np.float64, np.int32, np.int64, np.bool_]
    scalar = cast(Callable[..., Any], np.float64(0).__reduce__()[0])
    torch.serialization.add_safe_globals([scalar, np.dtype, *(type(np.dtype(kind)) for kind in dtypes)])


def drop_add_special_tokens() -> None:
    """Allow to load a transformer's tokenizer.

    Symptom: every indexer, tokenizer and embedder of type `pretrained_transformer*` ends in `AttributeError:
    add_special_tokens conflicts with the method add_special_tokens`. Cause: transformers 4.44 refuses keyword
    arguments that have the name of a method, and AllenNLP passes this one when it creates a tokenizer. Remedy: drop it
    there, where it has no effect. AllenNLP passes it again with every call of the tokenizer.
    """
    create = cached_transformers.get_tokenizer

    @functools.wraps(create)
    def get_tokenizer(model_name: str, **kwargs: Any) -> Any:
        restore_encode_plus()
        kwargs.pop("add_special_tokens", None)
        return create(model_name, **kwargs)

    cached_transformers.get_tokenizer = get_tokenizer


def restore_encode_plus() -> None:
    """Allow to tokenize for a transformer.

    Symptom: every indexer and tokenizer of type `pretrained_transformer*` ends in `AttributeError: … has no attribute
    encode_plus`. Cause: transformers 5 has removed this method, and AllenNLP calls it. Remedy: put it back. The
    tokenizer's `__call__` takes the same arguments. This is done when the first tokenizer is made, because models
    without a transformer need not import the package.
    """
    from transformers import PreTrainedTokenizerBase

    tokenizer: Any = PreTrainedTokenizerBase
    if not hasattr(tokenizer, "encode_plus"):
        tokenizer.encode_plus = tokenizer.__call__


def hash_without_dill() -> None:
    """Allow to make a transformer's tokenizer where dill and base58 are not installed.

    Symptom: every indexer and tokenizer of type `pretrained_transformer*` asks for dill. Cause: AllenNLP pickles the
    options of a tokenizer with it, to find a tokenizer that it has made before. Remedy: use Python's own pickle.
    """

    def hash_object(o: Any) -> str:
        return hashlib.blake2b(pickle.dumps(o)).hexdigest()

    util.hash_object = hash_object


def suggest_without_nltk() -> None:
    """Name the similar name after a mistyped one where nltk is not installed.

    Symptom: a mistyped `type` in a config ends in an error that asks for nltk. Cause: AllenNLP compares the names with
    nltk. Remedy: compare them with Python's difflib, which also finds names that differ in more than one letter.
    """

    def _get_suggestion(name: str, available: List[str]) -> Optional[str]:
        return next(iter(difflib.get_close_matches(name, available, n=1, cutoff=0.8)), None)

    registrable._get_suggestion = _get_suggestion


@replace(LearningRateScheduler, "reduce_on_plateau")
class ReduceOnPlateau(_PyTorchLearningRateSchedulerWithMetricsWrapper):
    """Reduce the learning rate on a plateau, like AllenNLP's class of this name.

    Symptom: `TypeError: ReduceLROnPlateau.__init__() got an unexpected keyword argument 'verbose'`.
    Cause: torch has removed the argument, and AllenNLP always passes it. Remedy: replace AllenNLP's class with this
    one, which does not pass it.
    """

    def __init__(
        self,
        optimizer: Optimizer,
        mode: str = "min",
        factor: float = 0.1,
        patience: int = 10,
        threshold_mode: str = "rel",
        threshold: float = 1e-4,
        cooldown: int = 0,
        min_lr: Union[float, List[float]] = 0,
        eps: float = 1e-8,
    ) -> None:
        scheduler = torch.optim.lr_scheduler.ReduceLROnPlateau(
            optimizer,
            mode=mode,  # type: ignore[arg-type]  # FromParams does not support Literal
            factor=factor,
            patience=patience,
            threshold=threshold,
            threshold_mode=threshold_mode,  # type: ignore[arg-type]
            cooldown=cooldown,
            min_lr=min_lr,
            eps=eps,
        )
        super().__init__(cast(torch.optim.lr_scheduler._LRScheduler, scheduler))


def pad_short_words() -> None:
    """Allow a batch in which all words are shorter than the widest filter of their character CNN.

    Symptom: `RuntimeError: Calculated padded input size per channel: (3). Kernel size: (4)`, in the batch that has only
    such words. Cause: the `min_padding_length` of the characters' indexer is smaller than the encoder's widest filter,
    and nothing compares the two. Remedy: pad all words of the batch to that width. A batch with a longer word is padded
    more, so each word's vector is what it is there.
    """
    encode = TokenCharactersEncoder.forward

    @functools.wraps(encode)
    def forward(self: TokenCharactersEncoder, token_characters: torch.Tensor) -> torch.Tensor:
        filters = (layer.kernel_size[0] for layer in self.modules() if isinstance(layer, torch.nn.Conv1d))
        missing = max(filters, default=0) - token_characters.shape[-1]
        if missing > 0:
            token_characters = torch.nn.functional.pad(token_characters, (0, missing))
        return encode(self, token_characters)

    TokenCharactersEncoder.forward = forward  # type: ignore[method-assign]


def move_only_tensors() -> None:
    """Spend no time on the words of a batch when its tensors are moved to a device.

    Symptom: in a profile of the training of a small model, up to a fifth of the time is spent in `move_to_device`, on
    the CPU too. Cause: it calls itself for each word, tag and line number in the metadata. Remedy: return a collection
    of nothing but text and numbers as it is. AllenNLP's function calls itself by name, so it gets here for what is
    inside another collection.
    """
    move = nn_util.move_to_device

    @functools.wraps(move)
    def move_to_device(obj: Any, device: Union[torch.device, int]) -> Any:
        if isinstance(obj, (list, tuple)) and _HAVE_NO_TENSORS.issuperset(map(type, obj)):
            return obj
        return move(obj, device)

    nn_util.move_to_device = move_to_device


def hide_deprecations() -> None:
    """Keep the progress bar and the output of programs readable.

    Symptom: a `FutureWarning` in every epoch (`torch.cuda.amp.autocast(args...) is deprecated`), where a gated CNN
    encoder is loaded (`weight_norm`), and where the optimizer `huggingface_adamw` is made. Cause: AllenNLP is no longer
    maintained and uses the old names. Remedy: hide the first warning where AllenNLP causes it, and the others
    everywhere, because torch and transformers name themselves as their cause.
    """
    warnings.filterwarnings(
        "ignore",
        r"`torch\.cuda\.amp\.",
        category=FutureWarning,
        module=r"allennlp\.training\.gradient_descent_trainer",
    )
    for message in (r"`torch\.nn\.utils\.weight_norm` is deprecated", "This implementation of AdamW is deprecated"):
        warnings.filterwarnings("ignore", message, category=FutureWarning)


def name_runs_for_wandb() -> None:
    """Allow to log to Weights & Biases.

    Symptom: a training with the callback `wandb` ends in `AttributeError: module 'wandb.util' has no attribute
    'generate_id'`. Cause: wandb has moved that function. Remedy: give the run a name of eight letters before.
    """
    start = WandBCallback.on_start

    @functools.wraps(start)
    def on_start(self: WandBCallback, trainer: Any, is_primary: bool = True, **options: Any) -> None:
        if is_primary and self._run_id is None:
            self._run_id = secrets.token_hex(4)
        start(self, trainer, is_primary=is_primary, **options)

    WandBCallback.on_start = on_start  # type: ignore[method-assign]


trust_numpy_scalars()
drop_add_special_tokens()
pad_short_words()
hash_without_dill()
suggest_without_nltk()
move_only_tensors()
hide_deprecations()
name_runs_for_wandb()
recovery.apply()
continuing.apply()
