// The same, with scores of siblings and grandparents.
(import '../lib/bilstm_parser.libsonnet')('skd_second_order_parser', 100, 50, 200, 0.33)
