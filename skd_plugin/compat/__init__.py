"""
Makes AllenNLP 2.10.1 work with today's Python and packages.

Every interpreter of the environment imports this file at start-up, so it contains nothing else.
"""
