// Case 1b: biaffine parser ⇒ parsing as sequence labelling. Train the teacher first:
//   allennlp train training_configs/teachers/biaffine.jsonnet -s runs/teachers/biaffine
(import 'students/tagging_parser.jsonnet')
+ (import 'lib/distilled_by.libsonnet')('runs/teachers/biaffine/model.tar.gz', label_policy='renormalize')
