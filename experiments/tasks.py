"""
The tasks of the experiments, and the systems that are compared in each.

A task is a corpus and what is predicted there. It has teachers, students, and tables, which name the students that are
compared. A student is the recommended one with something changed, so that its line says what it is there for.
"""

from typing import Any, Dict, List, NamedTuple, Tuple

from experiments.corpora import GENRES
from experiments.foreign import Foreign, spacy_pipeline
from experiments.systems import ANNEALED, System

Systems = Dict[str, System]


class Task(NamedTuple):
    """
    # Parameters

    corpus : `str`
        The folder under `runs`.
    kind : `str`
        `entities` or `trees`: the folder of the runs in that of the corpus.
    reader : `Dict[str, Any]`
        The dataset reader.
    ending : `str`
        That of the labelled files.
    scores : `Dict[str, str]`
        The title of each column, and its metric. The gap is that of the first.
    teachers, students : `Dict[str, System]`
    tables : `Dict[str, List[str]]`
        The students that are compared in each table.
    teachers_corpus : `str`, optional
        The corpus whose teachers are taken, if they are not the task's own.
    foreign : `Dict[str, Foreign]`, optional
        Students, by their names, that are models of other libraries and teach too.
    """

    corpus: str
    kind: str
    reader: Dict[str, Any]
    ending: str
    scores: Dict[str, str]
    teachers: Systems
    students: Systems
    tables: Dict[str, List[str]]
    teachers_corpus: str = ""
    foreign: Dict[str, Foreign] = {}


# What is recommended, and what everything else is compared with.
TAGGER = System("maxent", hidden=64, dropout=0.15, steps=3000, optimizer={"lr": 4e-3})
PARSER = System("small_biaffine", hidden=100, layers=2, dropout=0.15, steps=4500, optimizer={"lr": 2e-3})
CRF = TAGGER._replace(form="crf", alone="crf_alone")
SPANS = TAGGER._replace(form="spans", alone="spans_alone")
TAGGING = PARSER._replace(form="tagging", alone="tagging_alone")

# The teachers, on a transformer and without one. The latter reads as many sentences as the students of `lassy` alone.
PRETRAINED = System("", hidden=200, dropout=0.2, pretrained=True, vectors="", epochs=4, batch_size=16)
PRETRAINED_PARSER = PRETRAINED._replace(epochs=8)
FROM_SCRATCH = System(
    "", hidden=200, layers=2, dropout=0.33, vectors="", epochs=72, batch_size=16, optimizer={"lr": 2e-3}
)

OBJECTIVES: Dict[str, Any] = {
    "structural": "structural",
    "top_1": "top_1",
    "top_k": {"type": "top_k", "k": 5},
    "weighted_top_k": {"type": "weighted_top_k", "k": 5},
    "token_posterior": "token_posterior",
    "local_substructure": "local_substructure",
}
# What the tables `tuning` choose for an objective: options of a system in place of those above, and λ.
TUNED: Dict[str, Dict[str, Any]] = {"local_substructure": {"interpolation": 1.0}}
LAMBDAS: Dict[str, Any] = {"annealed": ANNEALED, "half": 0.5, "one": 1.0}
SCALES = {"tenth": 0.1, "hundredth": 0.01, "thousandth": 0.001}
TEACHER_EPOCHS = (4, 8, 12)
TRANSFORMER_RATES = {"half": 5e-5, "double": 2e-4}
WIDTHS = (32, 128, 256)


def student_recipes(**students: System) -> Systems:
    """Each student with another length of training, dropout or learning rate."""
    found: Systems = {}
    for name, student in students.items():
        rate = student.optimizer["lr"]
        found[f"{name}_more_steps"] = student._replace(steps=2 * student.steps)
        found[f"{name}_dropout_05"] = student._replace(dropout=0.05)
        found[f"{name}_dropout_30"] = student._replace(dropout=0.3)
        found[f"{name}_half_rate"] = student._replace(optimizer={"lr": rate / 2})
        found[f"{name}_double_rate"] = student._replace(optimizer={"lr": rate * 2})
    return found


def teachers(base: System, *forms: str) -> Systems:
    """A teacher of each form, which is also its name."""
    return {form: base._replace(form=form) for form in forms}


def teacher_recipes(form: str) -> Systems:
    """A teacher with more epochs, and with other learning rates of its transformer; its recipe has 1e-4."""
    teacher = PRETRAINED._replace(form=form, epochs=8, optimizer={})
    rates = {
        name: {"parameter_groups": [[["text_field_embedder"], {"lr": rate}]]}
        for name, rate in TRANSFORMER_RATES.items()
    }
    return {
        **{f"teacher_{epochs}_epochs": teacher._replace(epochs=epochs) for epochs in TEACHER_EPOCHS},
        **{f"teacher_{name}_rate": teacher._replace(optimizer=optimizer) for name, optimizer in rates.items()},
    }


def with_objectives(systems: Systems, *objectives: str) -> Systems:
    """Each system with each objective in place of its own."""
    return {
        f"{name}_{objective}": system._replace(objective=OBJECTIVES[objective], **TUNED.get(objective, {}))
        for objective in objectives
        for name, system in systems.items()
    }


def with_top_1(systems: Systems) -> Systems:
    """Each system, and one that learns the teacher's best structures in place of its distribution."""
    return systems | with_objectives(systems, "top_1")


def spacy_systems(component: str, teacher: str) -> Systems:
    """spaCy's component, alone and with the teacher's best structures of the text, without and with static vectors."""
    plain = System(f"spacy_{component}", vectors="", alone="spacy")
    with_vectors = plain._replace(vectors="transformer")
    return {
        "spacy": plain,
        "spacy_vectors": with_vectors,
        "spacy_top_1": plain.taught_by(teacher),
        "spacy_vectors_top_1": with_vectors.taught_by(teacher),
    }


def taught_by_foreign(alone: System, foreign: Dict[str, Foreign]) -> Systems:
    """A student of the first seed of each foreign teacher."""
    return {f"taught_by_{name}": alone.taught_by(f"{name}_1") for name in foreign}


def curves(taught: System, alone: System) -> Systems:
    """One thing changed at a time. More text is read in more steps, which are also raised by themselves."""
    steps = taught.steps
    widths: Systems = {}
    for width in WIDTHS:
        widths[f"width_{width}_alone"] = alone._replace(hidden=width, alone=f"width_{width}_alone")
        widths[f"width_{width}"] = taught._replace(hidden=width, alone=f"width_{width}_alone")
    return {
        "text_3k": taught._replace(text=("text_3k",)),
        "text_30k": taught._replace(text=("text_30k",), steps=3 * steps // 2),
        "text_100k": taught._replace(text=("text_100k",), steps=3 * steps),
        "more_steps": taught._replace(steps=3 * steps),
        "temperature_2": taught._replace(temperature=2.0),
        "temperature_4": taught._replace(temperature=4.0),
        "lambda_half": taught._replace(interpolation=0.5),
        "lambda_one": taught._replace(interpolation=1.0),
        # The teacher speaks about the text alone, and the labelled sentences have their gold.
        "lambda_zero": taught._replace(interpolation=0.0),
        **widths,
    }


def other_domain(alone: System, teacher: str) -> Systems:
    """A genre without labels: with text of the other genres, of the genre itself, and of other corpora."""
    texts: Dict[str, Tuple[str, ...]] = {
        "text_of_others": ("unlabelled",),
        "text_of_genre": ("genre",),
        "text_of_all": ("unlabelled", "genre"),
        "text_of_others_and_masc": ("unlabelled", "masc"),
        "text_of_others_and_wikipedia": ("unlabelled", "wikisplit"),
        "all_text": ("unlabelled", "genre", "masc", "wikisplit"),
    }
    return {"alone": alone, **{name: alone.taught_by(teacher, text=text) for name, text in texts.items()}}


def with_vectors(systems: Systems, title: str, vectors: str) -> Systems:
    """Each system with other static vectors."""
    return {f"{name}_{title}_vectors": system._replace(vectors=vectors) for name, system in systems.items()}


def ensembles(alone: System, forms: Tuple[str, ...]) -> Systems:
    """Three teachers of different forms, and three seeds of the first form."""
    of_forms = alone.taught_by(*(f"{form}_1" for form in forms))
    of_seeds = alone.taught_by(*(f"{forms[0]}_{seed}" for seed in (1, 2, 3)))
    return {
        "ensemble_of_forms": of_forms,
        "ensemble_of_seeds": of_seeds,
        "ensemble_text_100k": of_forms._replace(text=("text_100k",), steps=3 * alone.steps),
    }


# What there is on EWT: the students of the cases are also those of the other tables.
ENTITY_CASES = {
    "case_1a": CRF.taught_by("crf_1"),
    "case_2a": TAGGER.taught_by("crf_1"),
    "case_3": CRF.taught_by("maxent_1"),
    "case_4": TAGGER.taught_by("independent_spans_1"),
    "spans_to_spans": SPANS.taught_by("independent_spans_1"),
}
TREE_CASES = {
    "case_1b": TAGGING.taught_by("biaffine_1"),
    "case_2b": TAGGING.taught_by("second_order_1"),
    "biaffine_to_biaffine": PARSER.taught_by("biaffine_1"),
    "tree_crf_to_biaffine": PARSER.taught_by("tree_crf_1"),
}
CASE_1A = {"case_1a": ENTITY_CASES["case_1a"]}
BIAFFINE = {"biaffine_to_biaffine": TREE_CASES["biaffine_to_biaffine"]}
ENTITY_OBJECTIVES = ("top_k", "weighted_top_k", "token_posterior", "local_substructure")
TREE_OBJECTIVES = ("top_k", "weighted_top_k", "local_substructure")
ENTITY_FORMS = ("independent_spans", "crf", "maxent")
TREE_FORMS = ("biaffine", "second_order", "tree_crf")
ENTITIES = {"type": "skd_conllu", "tags": "NE", "on_unknown_label": "accept"}
TREES = {"type": "skd_dependencies", "on_unknown_label": "accept"}
COLUMNS = {"type": "skd_conll_ner", "on_unknown_label": "accept"}
F1 = {"F1": "test_f1-measure-overall", "precision": "test_precision-overall", "recall": "test_recall-overall"}
LAS = {
    "LAS": "test_LAS",
    "UAS": "test_UAS",
    "LAS without punctuation": "test_LAS_no_punctuation",
    "LAS with subtypes": "test_LAS_subtypes",
}
ENSEMBLES = ["ensemble_of_forms", "ensemble_of_seeds"]
# Models of other libraries that teach ours. spaCy's root of a tree has another name.
FOREIGN_ENTITIES = {
    "spacy": spacy_pipeline("ner"),
    "huggingface": Foreign("huggingface", "model", ".", {}, "foreign"),
}
FOREIGN_TREES = {"spacy": spacy_pipeline("parser", label_map={"ROOT": "root"})}
SPACY = ["spacy", "spacy_vectors", "spacy_top_1", "spacy_vectors_top_1"]


def ewt_entities() -> Task:
    cases, objectives = with_top_1(ENTITY_CASES), with_objectives(CASE_1A, *ENTITY_OBJECTIVES)
    found = curves(ENTITY_CASES["case_4"], TAGGER)
    taught = taught_by_foreign(TAGGER, FOREIGN_ENTITIES)
    several = ensembles(TAGGER, ENTITY_FORMS)
    best = {"case_4": cases["case_4"], "text_30k": found["text_30k"], "ensemble_of_forms": several["ensemble_of_forms"]}
    vectors = {
        **with_vectors({"alone": TAGGER}, "no", ""),
        **with_vectors({"alone": TAGGER, "case_4": cases["case_4"]}, "larger", "transformer_128"),
        **with_vectors({"alone": TAGGER, **best}, "teacher", "independent_spans_1"),
    }
    students = {
        "alone": TAGGER,
        "crf_alone": CRF,
        "spans_alone": SPANS,
        **cases,
        **objectives,
        **several,
        **found,
        **vectors,
        **spacy_systems("ner", "independent_spans_1"),
        "huggingface": PRETRAINED._replace(form="huggingface"),
        **taught,
    }
    tables = {
        "headline": ["alone", "case_4", *ENSEMBLES],
        "spacy": SPACY,
        "foreign": ["alone", *FOREIGN_ENTITIES, *taught],
        "cases": ["alone", "crf_alone", "spans_alone", *cases],
        "objectives": ["crf_alone", "case_1a", "case_1a_top_1", *objectives],
        "curves": ["alone", "case_4", *found, "ensemble_text_100k"],
        "vectors": ["alone", *best, *vectors],
        "text": ["text_3k", "case_4", "text_30k", "text_100k"],
        "frontier": ["alone", "case_4", "text_30k", *(name for name in found if name.startswith("width_")), *SPACY],
    }
    return Task(
        "ewt",
        "entities",
        ENTITIES,
        "conllu",
        F1,
        teachers(PRETRAINED, *ENTITY_FORMS),
        students,
        tables,
        foreign=FOREIGN_ENTITIES,
    )


def ewt_trees() -> Task:
    cases, objectives = with_top_1(TREE_CASES), with_objectives(BIAFFINE, *TREE_OBJECTIVES)
    found = curves(TREE_CASES["biaffine_to_biaffine"], PARSER)
    taught = taught_by_foreign(PARSER, FOREIGN_TREES)
    vectors = {**with_vectors(BIAFFINE, "larger", "transformer_128"), **with_vectors(BIAFFINE, "teacher", "biaffine_1")}
    students = {
        "alone": PARSER,
        "tagging_alone": TAGGING,
        **cases,
        **objectives,
        **ensembles(PARSER, TREE_FORMS),
        **found,
        **vectors,
        **spacy_systems("parser", "biaffine_1"),
        **taught,
    }
    tables = {
        "headline": ["alone", "biaffine_to_biaffine", *ENSEMBLES],
        "spacy": SPACY,
        "foreign": ["alone", *FOREIGN_TREES, *taught],
        "cases": ["alone", "tagging_alone", *cases],
        "objectives": ["alone", "biaffine_to_biaffine", "biaffine_to_biaffine_top_1", *objectives],
        "curves": ["alone", "biaffine_to_biaffine", *found, "ensemble_text_100k"],
        "vectors": ["alone", "biaffine_to_biaffine", *vectors],
        "text": ["text_3k", "biaffine_to_biaffine", "text_30k", "text_100k"],
        "frontier": [
            "alone",
            "biaffine_to_biaffine",
            "text_30k",
            *(name for name in found if name.startswith("width_")),
            *SPACY,
        ],
    }
    return Task(
        "ewt",
        "trees",
        TREES,
        "conllu",
        LAS,
        teachers(PRETRAINED_PARSER, *TREE_FORMS),
        students,
        tables,
        foreign=FOREIGN_TREES,
    )


def tuning(task: Task, student: str, case: str, *objectives: str) -> Task:
    """
    Recipes of teachers and of a student, and λ and scales of the objectives of a case, scored on a part of the labelled
    sentences.

    Only the students' teachers have learned from that part. What is tuned later does not change these systems.
    """
    taught = task.students[case]
    students = {"alone": task.students[taught.alone]}
    for objective in ("structural", "top_1", *objectives):
        for title, value in LAMBDAS.items():
            students[f"{objective}_{title}"] = taught._replace(objective=OBJECTIVES[objective], interpolation=value)
    for title, scale in SCALES.items():
        students[f"local_substructure_{title}"] = taught._replace(
            objective={"type": "local_substructure", "scale": scale}
        )
    recommended = task.students[student]
    of_students = {
        "recommended": recommended,
        **student_recipes(alone=task.students[recommended.alone], taught=recommended),
    }
    of_teachers = teacher_recipes(next(iter(task.teachers)))
    found = {**students, **of_students, **of_teachers}
    return task._replace(
        corpus="ewt_tuning",
        teachers={},
        students={name: system._replace(alone="alone") for name, system in found.items()},
        tables={
            "objectives": [*students],
            "student_recipes": ["alone", *of_students],
            "teacher_recipes": [*of_teachers],
        },
        teachers_corpus="ewt",
    )


def without_genre(task: Task, genre: str, teacher: str) -> Task:
    """One genre without labels, in the development data alone."""
    students = other_domain(task.students["alone"], f"{teacher}_1")
    return task._replace(
        corpus=f"ewt_without_{genre}",
        teachers={teacher: task.teachers[teacher]},
        students=students,
        tables={"domain": [*students]},
    )


def wnut_entities() -> Task:
    students = {
        "alone": TAGGER,
        "case_4": TAGGER.taught_by("independent_spans_1"),
        "text_30k": TAGGER.taught_by("independent_spans_1", text=("text_30k",), steps=3 * TAGGER.steps // 2),
        "ensemble_of_forms": TAGGER.taught_by(*(f"{form}_1" for form in ENTITY_FORMS)),
    }
    found = teachers(PRETRAINED, *ENTITY_FORMS)
    return Task("wnut", "entities", COLUMNS, "conll", F1, found, students, {"headline": [*students]})


def lassy_trees() -> Task:
    parser = PARSER._replace(vectors="")
    students = {
        "alone": parser,
        "biaffine_to_biaffine": parser.taught_by("biaffine_1"),
        "tree_crf_to_biaffine": parser.taught_by("tree_crf_1"),
        "ensemble_of_forms": parser.taught_by("biaffine_1", "tree_crf_1"),
    }
    found = teachers(FROM_SCRATCH, "biaffine", "tree_crf")
    return Task("lassy", "trees", TREES, "conllu", LAS, found, students, {"headline": [*students]})


TASKS: Dict[str, Task] = {
    "ewt_entities": ewt_entities(),
    "ewt_trees": ewt_trees(),
    "wnut_entities": wnut_entities(),
    "lassy_trees": lassy_trees(),
    "ewt_entities_tuning": tuning(ewt_entities(), "case_4", "case_1a", *ENTITY_OBJECTIVES),
    "ewt_trees_tuning": tuning(ewt_trees(), "biaffine_to_biaffine", "biaffine_to_biaffine", *TREE_OBJECTIVES),
    **{f"ewt_entities_without_{g}": without_genre(ewt_entities(), g, "independent_spans") for g in GENRES},
    **{f"ewt_trees_without_{g}": without_genre(ewt_trees(), g, "biaffine") for g in GENRES},
}
