"""How fast saved spaCy pipelines are, beside spaCy's own `ner` and `parser` trained on the same sentences.

python -m benchmarks.serving.corpus train.conllu train.spacy --entities NE
python -m benchmarks.serving.corpus dev.conllu dev.spacy --entities NE
spacy train benchmarks/serving/ner.cfg --output spacy_ner --paths.train train.spacy --paths.dev dev.spacy
python -m benchmarks.serving.texts dev.conllu dev.txt
python -m benchmarks.serving.speed dev.txt spacy=spacy_ner/model-best ours=our_pipeline
"""
