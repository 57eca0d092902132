"""Lines of CoNLL-U for the tests."""


def row(number, head="0", **fields: str) -> str:
    """The line of a word. Fields without a value are `_`."""
    names = ("form", "lemma", "upos", "xpos", "feats", "head", "deprel", "deps", "misc")
    values = {"form": "w", "head": head, **fields}
    return "\t".join([str(number), *(values.get(name, "_") for name in names)])
