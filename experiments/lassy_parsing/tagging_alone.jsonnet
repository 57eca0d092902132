// The tagging parser, on labelled sentences alone.
(import 'lassy.libsonnet').tagging_alone
