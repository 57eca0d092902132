// The token-level reference: MaxEnt ⇒ MaxEnt.
(import 'students.libsonnet').distilled('maxent')
