"""What the Makefile and CI need beside the package."""
