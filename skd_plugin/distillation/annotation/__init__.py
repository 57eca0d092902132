"""
A teacher reads a large corpus into its store, on several processes or machines.

- `annotate`: what `allennlp skd-annotate` does, from the checks to the account of what was done
- `corpus`: whose sentences are read
- `worker`: who reads a part, the same wherever it runs
- `waiting`: what no worker has yet
- `processes`, `on_ray`: workers on this machine, and in a cluster
"""
