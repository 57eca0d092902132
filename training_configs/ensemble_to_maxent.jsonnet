// An ensemble ⇒ MaxEnt: the mixture of a linear chain and of spans, exactly. Train the teachers first:
//   allennlp train training_configs/teachers/crf_ner.jsonnet -s runs/teachers/crf_ner
//   allennlp train training_configs/teachers/span_ner.jsonnet -s runs/teachers/span_ner
(import 'students/maxent_ner.jsonnet')
+ (import 'lib/distilled_by.libsonnet')([
  { archive: 'runs/teachers/crf_ner/model.tar.gz', weight: 2.0 },
  { archive: 'runs/teachers/span_ner/model.tar.gz', weight: 1.0 },
])
