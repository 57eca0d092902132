"""Watches for `import allennlp`: checks the environment, loads packages on demand, and adds this plugin.

AllenNLP 2.10.1 imports many packages that only some of its parts use, and it looks for plugins only in files that users
write. `skd_plugin.pth` calls `install` at interpreter start-up, so that the `allennlp` command, notebooks and spawned
workers can import AllenNLP without those packages, and find this plugin in every folder. Nothing else changes: only the
modules in `skd_plugin.compat.on_demand`, of AllenNLP and of cached_path, get their packages on demand.
"""

import sys

WATCHED = ("allennlp", "cached_path")

AROUND = {
    "allennlp": "skd_plugin.compat.environment:check_first",
    "allennlp.common.plugins": "skd_plugin.compat.discovery:add_this_plugin",
}
"""Modules, and the context manager in which each is executed."""


class ImportHook:
    """A finder that leaves finding to the others, and wraps the execution of some modules."""

    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] not in WATCHED:
            return None
        names = _load("skd_plugin.compat.on_demand:ON_DEMAND").get(name)
        if name not in AROUND and names is None:
            return None
        spec = self._find_with_others(name, path, target)
        if spec is not None and spec.loader is not None:
            spec.loader.exec_module = _wrap(spec.loader.exec_module, AROUND.get(name), names)
        return spec

    def _find_with_others(self, name, path, target):
        specs = (finder.find_spec(name, path, target) for finder in sys.meta_path if finder is not self)
        return next(filter(None, specs), None)


def install():
    """Put the hook in front of the other finders, unless it is there already."""
    if not any(isinstance(finder, ImportHook) for finder in sys.meta_path):
        sys.meta_path.insert(0, ImportHook())


def _wrap(exec_module, context, names):
    def run(module):
        if names is not None:
            _load("skd_plugin.compat.stand_ins:import_on_demand")(module, names)
        if context is None:
            return exec_module(module)
        with _load(context)():
            exec_module(module)

    return run


def _load(place):
    # Imported on demand: Python mostly starts without AllenNLP, and that must cost nothing.
    from importlib import import_module

    module, name = place.split(":")
    return getattr(import_module(module), name)
