// Case 2b: second order ⇒ parsing as sequence labelling. Train the teacher first:
//   allennlp train training_configs/teachers/second_order.jsonnet -s runs/teachers/second_order
(import 'students/tagging_parser.jsonnet')
+ (import 'lib/distilled_by.libsonnet')('runs/teachers/second_order/model.tar.gz', label_policy='renormalize')
