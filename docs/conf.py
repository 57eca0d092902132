"""
How Sphinx builds the documentation: `make site`.

The source folder is the root of the repository, so that a link from one file to another works as in a checkout.
"""

import re
from typing import Any, List

from docutils.nodes import SkipNode
from docutils.utils.math.latex2mathml import tex2mathml
from sphinx.application import Sphinx

import skd_plugin
import skd_plugin.plugin  # noqa: F401  registers the classes that the pages of the API describe

project = "skd_plugin"
author = copyright = "The skd_plugin authors"
version = release = skd_plugin.__version__

root_doc = "docs/index"
include_patterns = ["docs/**", "benchmarks/*.md", "CHANGELOG.md", "CONTRIBUTING.md", "REFERENCES.md"]
exclude_patterns = [".venv*", "site", "**/__pycache__"]

extensions = ["myst_nb", "sphinx.ext.autodoc", "sphinx.ext.napoleon", "sphinx.ext.viewcode"]

myst_enable_extensions = ["dollarmath"]
myst_heading_anchors = 4
nb_execution_mode = "force"
nb_execution_raise_on_error = True
nb_execution_timeout = 300

autodoc_typehints = "none"  # the docstrings have the types
autodoc_member_order = "bysource"
autodoc_preserve_defaults = True
autodoc_inherit_docstrings = False  # those of AllenNLP and torch are not ours to show
napoleon_google_docstring = False
default_role = "py:obj"  # a name in backticks leads to its description, if there is one
suppress_warnings = ["ref.python"]  # such a name may be that of several things

html_theme = "furo"
html_title = "skd_plugin"
html_extra_path = ["front"]
html_math_renderer = "mathml"
html_copy_source = False


def read_docstring(app: Sphinx, kind: str, name: str, thing: Any, options: Any, lines: List[str]) -> None:
    """
    Turns the two styles of our docstrings into what Sphinx and napoleon read.

    AllenNLP's headings, `# Parameters`, become NumPy's, which are underlined. In the mathematics a parameter and its
    description share a line, `mask : shape (batch, n)`.
    """
    text = re.sub(r"^# Parameters\n\n(?=[\w, ]+ : [^`])", "", "\n".join(lines), flags=re.M)
    text = re.sub(r"^([\w, ]+) : (?=[^`])", r":param \1: ", text, flags=re.M)
    text = re.sub(r"^# (\w+)$", lambda heading: f"{heading[1]}\n{'-' * len(heading[1])}", text, flags=re.M)
    lines[:] = text.split("\n")


def write_formula(translator: Any, node: Any) -> None:
    """Formulas are MathML, which browsers draw without a script or a network."""
    is_block = node.tagname == "math_block"
    formula = tex2mathml(node.astext(), as_block=is_block)
    # As LaTeX sets them, with some space on both sides.
    space = '<mspace width="0.17em"/>'
    formula = re.sub(r"<mi>(?:log|exp|max)</mi>", lambda function: f"{space}{function[0]}{space}", formula)
    # A formula that is wider than a phone is moved by a finger.
    translator.body.append(
        f'<div style="overflow-x: auto; overflow-y: hidden">{formula}</div>' if is_block else formula
    )
    raise SkipNode


def setup(app: Sphinx) -> None:
    app.connect("autodoc-process-docstring", read_docstring, priority=400)  # before napoleon
    app.add_html_math_renderer("mathml", (write_formula, None), (write_formula, None))
