"""Teachers: the trained model (`model`), its potentials on disk (`store`), and the two together (`teacher`)."""
