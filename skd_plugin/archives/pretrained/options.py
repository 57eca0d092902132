"""What an archive may tell transformers: arguments that choose numbers and spelling, not code, files or places."""

from typing import Any, Dict, Sequence

from skd_plugin.archives.screening.classes import is_under
from skd_plugin.archives.screening.config import entries
from skd_plugin.archives.screening.errors import NotLoadable

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
