"""Checks of what an archive contains: its config, and the classes that the config names."""
