// Beyond the paper: tree CRF ⇒ parsing as sequence labelling. Train the teacher first:
//   allennlp train training_configs/teachers/tree_crf.jsonnet -s runs/teachers/tree_crf
(import 'students/tagging_parser.jsonnet')
+ (import 'lib/distilled_by.libsonnet')('runs/teachers/tree_crf/model.tar.gz', label_policy='renormalize')
