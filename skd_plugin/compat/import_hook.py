"""Watches for `import allennlp`: checks the environment, provides placeholders for packages, and adds this plugin.

AllenNLP 2.10.1 always imports torchvision and fairscale, for images and for sharded training, and it looks for plugins
only in files that users write. `skd_plugin.pth` calls `install` at interpreter start-up, so that the `allennlp`
command, notebooks and spawned workers can import AllenNLP without the two, and find this plugin in every folder.
Nothing else changes: the placeholders exist only while the five modules of AllenNLP that need them are executed.
"""

import sys

AT_IMPORT = {
    "allennlp": "skd_plugin.compat.environment:check_first",
    "allennlp.common.plugins": "skd_plugin.compat.discovery:add_this_plugin",
    "allennlp.common.push_to_hf": "skd_plugin.compat.former_names:of_huggingface_hub",
    "allennlp.training.optimizers": "skd_plugin.compat.former_names:of_transformers",
    "allennlp.data.image_loader": "skd_plugin.compat.placeholders:use_placeholders",
    "allennlp.modules.vision.grid_embedder": "skd_plugin.compat.placeholders:use_placeholders",
    "allennlp.modules.vision.region_detector": "skd_plugin.compat.placeholders:use_placeholders",
    "allennlp.nn.checkpoint.fairscale_checkpoint_wrapper": "skd_plugin.compat.placeholders:use_placeholders",
    "allennlp.nn.parallel.fairscale_fsdp_accelerator": "skd_plugin.compat.placeholders:use_placeholders",
}
"""The AllenNLP modules to watch, and the context manager in which each is executed."""


class ImportHook:
    """A finder that leaves finding to the others, and wraps the execution of the modules in `AT_IMPORT`."""

    def find_spec(self, name, path=None, target=None):
        if name not in AT_IMPORT:
            return None
        spec = self._find_with_others(name, path, target)
        if spec is not None and spec.loader is not None:
            spec.loader.exec_module = _wrap(AT_IMPORT[name], spec.loader.exec_module)
        return spec

    def _find_with_others(self, name, path, target):
        specs = (finder.find_spec(name, path, target) for finder in sys.meta_path if finder is not self)
        return next(filter(None, specs), None)


def install():
    """Put the hook in front of the other finders, unless it is there already."""
    if not any(isinstance(finder, ImportHook) for finder in sys.meta_path):
        sys.meta_path.insert(0, ImportHook())


def _wrap(context, exec_module):
    def run(module):
        with _load(context)():
            exec_module(module)

    return run


def _load(context):
    # Imported on demand: Python mostly starts without AllenNLP, and that must cost nothing.
    from importlib import import_module

    module, name = context.split(":")
    return getattr(import_module(module), name)
