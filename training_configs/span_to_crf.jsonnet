// NER as parsing ⇒ linear chain. Train the teacher first:
//   allennlp train training_configs/teachers/span_ner.jsonnet -s runs/teachers/span_ner
(import 'students/crf_ner.jsonnet')
+ (import 'lib/distilled_by.libsonnet')('runs/teachers/span_ner/model.tar.gz')
