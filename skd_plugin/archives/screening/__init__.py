"""What an archive may contain: its config and the classes that the config names."""
