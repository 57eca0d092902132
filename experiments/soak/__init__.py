"""A pipeline under load: many docs in threads and forked processes, for `python -m experiments.soak`."""
