"""Entry point: threads are pinned before any library is imported."""

from benchmarks.pinning import pin

pin()

from benchmarks.report import main  # noqa: E402

main()
