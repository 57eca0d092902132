"""What an archive may tell transformers: arguments that choose numbers and spelling, not code, files or places."""

import functools
import inspect
from typing import Any, Callable, Dict, Sequence

from allennlp.common import cached_transformers

from skd_plugin.archives.config_sections import entries
from skd_plugin.archives.not_loadable import NotLoadable
from skd_plugin.archives.registered_types import is_under, loading

_HARMLESS = frozenset(
    "add_pooling_layer add_prefix_space additional_special_tokens do_lower_case hidden_act max_len model_max_length "
    "num_hidden_layers output_attentions output_hidden_states padding_side revision strip_accents truncation_side "
    "use_fast".split()
)


def refuse_other_options(config: Dict[str, Any], trusted: Sequence[str]) -> None:
    """`weights_only: false` executes a stranger's pickle, `cache_dir` writes anywhere: only what is known passes."""
    for name, options in entries(config):
        if name not in ("tokenizer_kwargs", "transformer_kwargs") or not options or is_under("transformers", trusted):
            continue
        given = options if isinstance(options, dict) else [str(options)]
        wrong = [key for key in given if key not in _HARMLESS and "drop" not in key]
        if wrong:
            raise NotLoadable(
                f"`{name}` of this model's config has {', '.join(map(repr, wrong))}, expected at most dropouts and "
                f"{', '.join(sorted(_HARMLESS))}. Remove the others, or, if you trust whoever made the archive to call "
                "transformers with any argument, name `transformers` among the trusted modules."
            )


class _NotWhileLoading(Dict[Any, Any]):
    """
    AllenNLP's cache of transformers, which an archive that is being loaded neither reads nor fills.

    Its transformers have no pretrained weights yet, and the cache does not tell them from those that do.
    """

    def get(self, spec: Any, default: Any = None) -> Any:
        return default if loading() else super().get(spec, default)

    def __setitem__(self, spec: Any, transformer: Any) -> None:
        if not loading():
            super().__setitem__(spec, transformer)


def _without_code_of_its_own(create: Callable[..., Any]) -> Callable[..., Any]:
    """Otherwise transformers asks whoever sits at the terminal whether to run a stranger's code."""

    # AllenNLP's function shows through, whatever else has wrapped it.
    @functools.wraps(inspect.unwrap(create))
    def created(model_name: str, *arguments: Any, **options: Any) -> Any:
        if loading():
            options["trust_remote_code"] = False
        return create(model_name, *arguments, **options)

    return created


# AllenNLP's only ways to transformers; they stay as they were wherever no archive is being loaded.
cached_transformers._model_cache = _NotWhileLoading(cached_transformers._model_cache)
cached_transformers.get = _without_code_of_its_own(cached_transformers.get)
cached_transformers.get_tokenizer = _without_code_of_its_own(cached_transformers.get_tokenizer)
