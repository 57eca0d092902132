// Top-1: the biaffine teacher's best trees as if they were gold.
(import 'ewt.libsonnet').biaffine_top_1('biaffine')
