// The tagging parser, on labelled sentences alone.
(import 'ewt.libsonnet').tagging_alone
