"""What the terminal shows."""

from skd_plugin.doctor.console import WIDTH, as_lines, summary
from skd_plugin.doctor.finding import Finding, Section

SECTION = Section(
    "Data", [Finding("ok", "good"), Finding("warning", "bad " * 40, "Do this." + " Or that." * 20 + "\nThen this.")]
)


def test_lines_have_marks_and_what_to_do():
    lines = list(as_lines(SECTION))
    assert lines[:2] == ["Data", "  ok       good"]
    assert lines[2].startswith("  WARNING  bad bad") and lines[3].startswith("           bad")
    assert any(line.startswith("           -> Do this. Or that.") for line in lines)
    assert lines[-1] == "           -> Then this."
    assert max(map(len, lines)) <= WIDTH


def test_the_numbers_of_findings():
    assert summary([SECTION, Section("x", [Finding("error", "stop")])]) == "1 error, 1 warning, 1 ok."
    assert summary([Section("x", [Finding("ok", "good")])]) == "All 1 checks are ok."
