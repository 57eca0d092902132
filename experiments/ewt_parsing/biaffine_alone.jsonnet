// The small biaffine parser, on labelled sentences alone.
(import 'ewt.libsonnet').biaffine_alone
