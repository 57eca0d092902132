// Case 4: NER as parsing ⇒ MaxEnt.
(import 'students.libsonnet').distilled('span')
