// Top-1: the biaffine teacher's best trees as if they were gold.
(import 'lassy.libsonnet').tagging_top_1('biaffine')
