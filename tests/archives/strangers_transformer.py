"""Helpers that change the saved files of a transformer, as an attacker would."""

import json

from skd_plugin.archives import build, from_bytes, to_bytes

TOKENIZER = "tokenizer_config.json"


def change(files, file, entries):
    files[file] = json.dumps({**json.loads(files.get(file, b"{}")), **entries}).encode()


def built(saved):
    return build(from_bytes(to_bytes(saved)))


def plainly(files, folder):
    """Writes the files to a folder from which transformers can load them."""
    folder.mkdir()
    for file, content in files.items():
        (folder / file).write_bytes(content)
    return folder
