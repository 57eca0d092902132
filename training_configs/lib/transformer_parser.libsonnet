// A parser on a pretrained transformer.
function(type, transformer, hidden)
  (import 'tree_corpus.libsonnet')
  + (import '../../skd_plugin/projects/files/lib/transformer.libsonnet')(type, transformer, hidden)
