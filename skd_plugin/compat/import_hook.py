"""Watches for `import allennlp`: checks the environment first, and stands in for two packages not needed here.

AllenNLP 2.10.1 imports torchvision and fairscale unconditionally, for images and for sharded training. `skd_plugin.pth`
calls `install` at interpreter start-up, so that the `allennlp` command, notebooks and spawned workers import AllenNLP
without them. Nothing else changes: the placeholders exist only while the five modules below are being executed.
"""

import sys

AT_IMPORT = {
    "allennlp": "skd_plugin.compat.environment:checked",
    "allennlp.data.image_loader": "skd_plugin.compat.placeholders:present",
    "allennlp.modules.vision.grid_embedder": "skd_plugin.compat.placeholders:present",
    "allennlp.modules.vision.region_detector": "skd_plugin.compat.placeholders:present",
    "allennlp.nn.checkpoint.fairscale_checkpoint_wrapper": "skd_plugin.compat.placeholders:present",
    "allennlp.nn.parallel.fairscale_fsdp_accelerator": "skd_plugin.compat.placeholders:present",
}
"""The AllenNLP modules to watch, and the context manager under which each is executed."""


class ImportHook:
    """A finder that finds nothing itself: it wraps the execution of the modules in `AT_IMPORT`."""

    def find_spec(self, name, path=None, target=None):
        if name not in AT_IMPORT:
            return None
        spec = self._found_by_others(name, path, target)
        if spec is not None and spec.loader is not None:
            spec.loader.exec_module = _executed_under(AT_IMPORT[name], spec.loader.exec_module)
        return spec

    def _found_by_others(self, name, path, target):
        specs = (finder.find_spec(name, path, target) for finder in sys.meta_path if finder is not self)
        return next(filter(None, specs), None)


def install():
    """Put the hook in front of the other finders, once."""
    if not any(isinstance(finder, ImportHook) for finder in sys.meta_path):
        sys.meta_path.insert(0, ImportHook())


def _executed_under(context, exec_module):
    def run(module):
        with _load(context)():
            exec_module(module)

    return run


def _load(context):
    # Imported on demand: Python starts thousands of times without AllenNLP, and must not pay for it.
    from importlib import import_module

    module, name = context.split(":")
    return getattr(import_module(module), name)
