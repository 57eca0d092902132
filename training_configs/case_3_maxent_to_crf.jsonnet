// Case 3: MaxEnt ⇒ linear chain. Train the teacher first:
//   allennlp train training_configs/teachers/maxent_ner.jsonnet -s runs/teachers/maxent_ner
(import 'students/crf_ner.jsonnet')
+ (import 'lib/distilled_by.libsonnet')('runs/teachers/maxent_ner/model.tar.gz')
