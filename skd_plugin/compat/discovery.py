"""Makes this plugin one of those that AllenNLP imports wherever they are installed, without a `.allennlp_plugins`."""

import functools
import sys
from contextlib import contextmanager
from typing import Any, Iterator

PLUGIN = "skd_plugin.plugin"


@contextmanager
def add_this_plugin() -> Iterator[None]:
    """
    Adds it to the default plugins of `allennlp.common.plugins`, once that module has been executed inside.

    A file that names it too does no harm: AllenNLP imports it, and says so, once.
    """
    yield
    plugins: Any = sys.modules["allennlp.common.plugins"]
    plugins.DEFAULT_PLUGINS = (*plugins.DEFAULT_PLUGINS, PLUGIN)
    discover = plugins.discover_plugins

    @functools.wraps(discover)
    def discover_plugins() -> Iterator[str]:
        return (name for name in discover() if name != PLUGIN)

    plugins.discover_plugins = discover_plugins
