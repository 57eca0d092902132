"""Makes this plugin one of those that AllenNLP imports wherever they are installed, without a `.allennlp_plugins`."""

import sys
from contextlib import contextmanager
from typing import Any, Iterator

PLUGIN = "skd_plugin.plugin"


@contextmanager
def add_this_plugin() -> Iterator[None]:
    """Adds it to the default plugins of `allennlp.common.plugins`, once that module has been executed inside."""
    yield
    plugins: Any = sys.modules["allennlp.common.plugins"]
    plugins.DEFAULT_PLUGINS = (*plugins.DEFAULT_PLUGINS, PLUGIN)
