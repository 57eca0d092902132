// Case 4: NER as parsing ⇒ MaxEnt. Train the teacher first:
//   allennlp train training_configs/teachers/span_ner.jsonnet -s runs/teachers/span_ner
(import 'students/maxent_ner.jsonnet')
+ (import 'lib/distilled_by.libsonnet')('runs/teachers/span_ner/model.tar.gz')
