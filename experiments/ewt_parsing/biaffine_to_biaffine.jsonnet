// Large biaffine ⇒ small biaffine.
(import 'ewt.libsonnet').biaffine_taught('biaffine')
