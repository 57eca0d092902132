// The same, with scores of siblings and grandparents.
(import '../lib/bilstm_parser.libsonnet').teacher('skd_second_order_parser')
