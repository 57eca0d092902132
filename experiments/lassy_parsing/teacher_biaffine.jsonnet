// A BiLSTM, first order: each word chooses its head.
(import '../../training_configs/teachers/biaffine.jsonnet') + (import 'lassy.libsonnet').labelled
