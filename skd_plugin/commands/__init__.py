"""Subcommands of `allennlp`. Importing this package registers them."""

from skd_plugin.commands.export import Export

__all__ = ["Export"]
