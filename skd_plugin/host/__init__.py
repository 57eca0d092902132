"""
AllenNLP 2.10.1 as `pip` and `uv` can install it: its own wheel, with metadata that are true beside current packages.

`python -m skd_plugin.host` installs it. Each folder here is a project that can be named in place of that command.
"""
