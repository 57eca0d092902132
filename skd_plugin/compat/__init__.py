"""
AllenNLP 2.10.1 on today's Python and packages. Every interpreter of the environment imports this file at start-up.
"""
