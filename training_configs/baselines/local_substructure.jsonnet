// Sub-structure matching (Lin et al. 2022): the scores of tag pairs, without any inference. Train the teacher first:
//   allennlp train training_configs/teachers/crf_ner.jsonnet -s runs/teachers/crf_ner
(import '../students/crf_ner.jsonnet')
+ (import '../lib/distilled_by.libsonnet')('runs/teachers/crf_ner/model.tar.gz', objective='local_substructure')
