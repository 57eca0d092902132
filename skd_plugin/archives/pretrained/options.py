"""The arguments that an archive may pass to transformers: numbers and spelling, but no code, files or folders."""

from typing import Any, Dict, Sequence

from skd_plugin.archives.screening.classes import is_under
from skd_plugin.archives.screening.config import entries
from skd_plugin.archives.screening.errors import NotLoadable

_HARMLESS = frozenset(
    "add_pooling_layer add_prefix_space additional_special_tokens do_lower_case hidden_act max_len model_max_length "
    "num_hidden_layers output_attentions output_hidden_states padding_side revision strip_accents truncation_side "
    "use_fast".split()
)


def refuse_unknown_options(config: Dict[str, Any], trusted: Sequence[str]) -> None:
    """
    Raises `NotLoadable` for arguments of transformers that are not known to be harmless.

    For example, `weights_only: false` would execute a pickle, and `cache_dir` would write anywhere.
    """
    for name, options in entries(config):
        if name not in ("tokenizer_kwargs", "transformer_kwargs") or not options or is_under("transformers", trusted):
            continue
        keys = options if isinstance(options, dict) else [str(options)]
        wrong = [key for key in keys if key not in _HARMLESS and "drop" not in key]
        if wrong:
            raise NotLoadable(
                f"`{name}` of this model's config has {', '.join(map(repr, wrong))}, expected at most dropouts and "
                f"{', '.join(sorted(_HARMLESS))}. Remove the others, or, if you trust whoever made the archive to call "
                "transformers with any argument, name `transformers` among the trusted modules."
            )
