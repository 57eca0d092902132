"""The loaded pipelines before they are timed: each has to do something, and all split words in one language."""

from typing import Iterable, Mapping, Sequence

from spacy.language import Language

_CHECKED = 10  # texts
_ANNOTATIONS = ("ENT_IOB", "DEP", "TAG", "POS", "LEMMA", "MORPH", "SENT_START")


def language(pipelines: Mapping[str, Language]) -> str:
    """The language that all have; ValueError where they have several."""
    languages = {name: str(nlp.lang) for name, nlp in pipelines.items()}
    if len(set(languages.values())) != 1:
        found = ", ".join(f"{name} ({code})" for name, code in languages.items())
        raise ValueError(
            f"The pipelines and their languages are: {found}; expected one or more of the same language, because "
            "tokenization is measured once. Measure the others by themselves."
        )
    return next(iter(languages.values()))


def check_annotates(name: str, nlp: Language, texts: Sequence[str]) -> None:
    """Run the pipeline on a few texts; ValueError where it leaves them as they are."""
    docs = list(nlp.pipe(texts[:_CHECKED]))
    if not any(doc.has_annotation(kind) for doc in docs for kind in _ANNOTATIONS):
        raise ValueError(
            f"The pipeline {name!r} with the components {nlp.pipe_names} annotates none of the first {len(docs)} "
            "texts, expected entities, trees, tags or sentences. Name the folder of a trained pipeline."
        )


def count_words(tokenizer: Language, texts: Iterable[str]) -> int:
    """Tokens that are no white space."""
    return sum(not token.is_space for doc in tokenizer.pipe(texts) for token in doc)
