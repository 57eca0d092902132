"""What pip finds missing, but for the packages that the tests install without what these require."""

from typing import List

from tests import PROJECT_ROOT

WITHOUT_DEPENDENCIES = PROJECT_ROOT / "requirements" / "without_dependencies.txt"


def complaints(output: str) -> List[str]:
    """The lines of `pip check` about other packages than those."""
    pins = [line for line in WITHOUT_DEPENDENCIES.read_text(encoding="utf-8").split("\n") if "==" in line]
    names = tuple(f"{pin.partition('==')[0]} " for pin in pins if not pin.startswith("#"))
    lines = output.strip().split("\n")
    return [line for line in lines if line != "No broken requirements found." and not line.startswith(names)]
