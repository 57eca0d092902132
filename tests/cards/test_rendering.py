"""The sections of a Markdown text, and what is metadata in it."""

import pytest
from allennlp.common.checks import ConfigurationError

from skd_plugin.cards.rendering import demoted, parse_card, sections, without_metadata

TEXT = """before

## One

```bash
## no heading
# none either
```

### Lower

## Two
end"""


def test_sections_together_are_the_text():
    parts = sections(TEXT)
    assert [part.heading for part in parts] == ["", "One", "Two"]
    assert "".join(part.text for part in parts) == TEXT
    assert [part.heading for part in sections("no heading")] == [""]


def test_headings_are_demoted_but_not_code():
    lines = demoted(TEXT).split("\n")
    assert "### One" in lines and "#### Lower" in lines and "## no heading" in lines and "# none either" in lines


@pytest.mark.parametrize("ending", ["\n", "\r\n"])
def test_text_without_metadata(ending: str):
    assert without_metadata(f"---{ending}license: mit{ending}---{ending}{ending}# Title") == "# Title"
    assert without_metadata("# Title\n\n---\nx\n---\n") == "# Title\n\n---\nx\n---\n"


@pytest.mark.parametrize("metadata", ["license: [", "- a list", "model-index: 3"])
def test_metadata_that_cannot_be_read(metadata: str):
    with pytest.raises(ConfigurationError, match="(?s)The model card of x cannot be read.*between two lines `---`"):
        parse_card(f"---\n{metadata}\n---\n", "x")
