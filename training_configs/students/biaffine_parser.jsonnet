// The small, fast parser that we recommend. Trained alone it is the baseline; a config beside this folder adds a teacher.
// Static vectors of words make it better:
//   allennlp skd-vectors sentence-transformers/all-MiniLM-L6-v2 --output runs/minilm.safetensors
//   allennlp train training_configs/students/biaffine_parser.jsonnet -s runs/biaffine_parser \
//     -o '{"model.text_field_embedder.token_embedders.words.vectors": {"pretrained_file": "runs/minilm.safetensors"}}'
// or, in a file of yours: (import '…/biaffine_parser.jsonnet') + { vectors:: 'runs/minilm.safetensors' }
(import '../lib/bilstm_parser.libsonnet').student('skd_biaffine_parser')
+ { model+: { arc_dim: 100, relation_dim: 30 } }
