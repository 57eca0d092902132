"""What a Markdown table says."""


def rows(table: str) -> list:
    """The cells, without the rule."""
    lines = [line.strip("|").split("|") for line in table.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line] for line in lines[:1] + lines[2:]]
