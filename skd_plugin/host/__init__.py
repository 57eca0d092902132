"""
AllenNLP 2.10.1 and cached_path as `pip` and `uv` can install them beside current packages: their own wheels, with
metadata that are true there.

`python -m skd_plugin.host` installs them. Each folder here is a project that can be named in place of that command.
"""
