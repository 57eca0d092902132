// A tagger of entities on a pretrained transformer.
function(type, transformer, hidden)
  (import 'ner_corpus.libsonnet')
  + (import '../../skd_plugin/projects/files/lib/transformer.libsonnet')(type, transformer, hidden)
