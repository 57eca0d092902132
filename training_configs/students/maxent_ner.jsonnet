// A small, fast softmax tagger. Trained alone it is the baseline; the cases add a teacher.
// Static vectors of words make it better:
//   allennlp skd-vectors sentence-transformers/all-MiniLM-L6-v2 --output runs/minilm.safetensors
//   allennlp train training_configs/students/maxent_ner.jsonnet -s runs/maxent_ner \
//     -o '{"model.text_field_embedder.token_embedders.words.vectors": {"pretrained_file": "runs/minilm.safetensors"}}'
// or, in a file of yours: (import '…/maxent_ner.jsonnet') + { vectors:: 'runs/minilm.safetensors' }
(import '../lib/bilstm_tagger.libsonnet').student('skd_maxent_tagger')
