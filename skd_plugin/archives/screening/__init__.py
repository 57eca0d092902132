"""Checks of what an archive contains: its size, its config, and the classes that the config names."""
