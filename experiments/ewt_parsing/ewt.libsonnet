(import '../parsing.libsonnet')('runs/ewt_parsing', import '../../runs/ewt_parsing/corpus/arc_labels.json')
