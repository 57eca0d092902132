"""Teachers: their archives, their reading of the training data, and the store of their potentials."""
