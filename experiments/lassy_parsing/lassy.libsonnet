(import '../parsing.libsonnet')('runs/lassy_parsing', import '../../runs/lassy_parsing/corpus/arc_labels.json')
