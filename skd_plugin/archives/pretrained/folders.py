"""While a model is built, its transformers are made from the saved files, in a temporary folder."""

import functools
import inspect
import tempfile
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path
from typing import Any, Dict, Iterator, Optional, Tuple

from allennlp.common import cached_transformers

from skd_plugin.archives.pretrained.files import Files, clean, find_files, reference
from skd_plugin.archives.pretrained.guard import confine_to
from skd_plugin.archives.screening.classes import Refusal
from skd_plugin.compat.patches import restore_encode_plus


class _Transformers:
    """
    The transformers of one model.

    Their tokenizers are not taken from AllenNLP's cache, where another transformer may have the same name.
    """

    def __init__(self, root: Path, files: Dict[str, Files]) -> None:
        self._root = root
        self._files = files
        self._folders: Dict[str, str] = {}
        self._tokenizers: Dict[Tuple[str, str], Any] = {}

    def model(self, name: str, options: Dict[str, Any]) -> Any:
        """The transformer that `AutoModel.from_pretrained` makes, but without weights."""
        from transformers import AutoConfig, AutoModel

        with self._confined(name, options) as folder:
            options = _without_code(options)
            config, unused = AutoConfig.from_pretrained(
                folder, local_files_only=True, return_unused_kwargs=True, **options
            )
            return AutoModel.from_config(config, **_without_code(unused))

    def tokenizer(self, name: str, options: Dict[str, Any]) -> Any:
        from transformers import AutoTokenizer

        # AllenNLP passes this option again with every call; see `skd_plugin.compat.patches`.
        options = {key: value for key, value in options.items() if key != "add_special_tokens"}
        key = name, repr(sorted(options.items()))
        if key not in self._tokenizers:
            with self._confined(name, options) as folder:
                restore_encode_plus()
                tokenizer = AutoTokenizer.from_pretrained(folder, local_files_only=True, **_without_code(options))
                if not set(tokenizer.get_vocab()).difference(tokenizer.all_special_tokens):
                    raise ValueError("its tokenizer knows no word pieces")
                self._tokenizers[key] = tokenizer
        return self._tokenizers[key]

    @contextmanager
    def _confined(self, name: str, options: Dict[str, Any]) -> Iterator[str]:
        folder = self._folder(name, options.get("revision"))
        try:
            with confine_to(folder):
                yield folder
        except Exception as error:  # transformers raises what it likes
            fault = f"{type(error).__name__}: {error}"
            raise Refusal(
                f"Its transformer {name!r} cannot be made from its configuration and tokenizer ({fault}). Load it with "
                "the version of transformers that it was trained with, or train with one that needs no other model."
            ) from error

    def _folder(self, name: str, revision: Optional[str]) -> str:
        key = reference(name, revision)
        if key not in self._folders:
            # A class of a trusted module may name a transformer in a place that `read` does not search.
            files = clean(name, self._files[key]) if key in self._files else find_files(name, revision)
            folder = Path(tempfile.mkdtemp(dir=self._root))
            for file, content in files.items():
                (folder / file).write_bytes(content)
            self._folders[key] = str(folder)
        return self._folders[key]


def _without_code(options: Dict[str, Any]) -> Dict[str, Any]:
    return {**options, "trust_remote_code": False}


_CURRENT: ContextVar[Optional[_Transformers]] = ContextVar("skd_transformers", default=None)


@contextmanager
def make_transformers_from(files: Dict[str, Files]) -> Iterator[None]:
    """Inside, in this thread, AllenNLP makes transformers and their tokenizers from these files."""
    with tempfile.TemporaryDirectory() as root:
        token = _CURRENT.set(_Transformers(Path(root), files))
        try:
            yield
        finally:
            _CURRENT.reset(token)


def _redirect_allennlp() -> None:
    """Wraps AllenNLP's only two functions that get transformers. They behave as before unless an archive is loaded."""
    create, create_tokenizer = cached_transformers.get, cached_transformers.get_tokenizer

    # The unwrapped function, so that the signature is AllenNLP's whatever else has wrapped it.
    @functools.wraps(inspect.unwrap(create))
    def get(
        model_name: str,
        make_copy: bool,
        override_weights_file: Any = None,
        override_weights_strip_prefix: Any = None,
        reinit_modules: Any = None,
        load_weights: bool = True,
        **options: Any,
    ) -> Any:
        current = _CURRENT.get()
        if current is not None and not load_weights:
            return current.model(model_name, options)
        if current is not None:
            options = _without_code(options)
        overrides = override_weights_file, override_weights_strip_prefix, reinit_modules
        return create(model_name, make_copy, *overrides, load_weights, **options)

    @functools.wraps(inspect.unwrap(create_tokenizer))
    def get_tokenizer(model_name: str, **options: Any) -> Any:
        current = _CURRENT.get()
        return create_tokenizer(model_name, **options) if current is None else current.tokenizer(model_name, options)

    cached_transformers.get, cached_transformers.get_tokenizer = get, get_tokenizer


_redirect_allennlp()
