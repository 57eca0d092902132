"""The resident memory of this process, present and at its peak; Linux only."""

import re
from pathlib import Path
from typing import Callable


def growth(step: Callable[[], object]) -> int:
    """Bytes by which the peak of resident memory rises above the level before the step."""
    Path("/proc/self/clear_refs").write_text("5")  # resets the peak to the present level
    before = _status("VmRSS")
    step()
    return _status("VmHWM") - before


def _status(field: str) -> int:
    found = re.search(rf"^{field}:\s+(\d+) kB", Path("/proc/self/status").read_text(), re.MULTILINE)
    assert found is not None
    return 1024 * int(found[1])
