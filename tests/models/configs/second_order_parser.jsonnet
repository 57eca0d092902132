(import 'biaffine_parser.jsonnet') + { model+: { type: 'skd_second_order_parser', rank: 3 } }
