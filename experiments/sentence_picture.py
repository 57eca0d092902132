"""
A picture of a sentence: its tree, and below it its entities, both with the probabilities that the students give them.

    allennlp skd-export PARSER ENTITIES pipeline --lang en
    python -m experiments.sentence_picture pipeline "A sentence." --output sentence.svg
"""

import argparse
from html import escape
from pathlib import Path
from typing import List, Optional, Sequence

import spacy
from spacy import displacy
from spacy.tokens import Doc

DISTANCE, OFFSET = 84, 46
STYLE = {"bg": "#ffffff", "color": "#1f2933", "font": "Helvetica, Arial, sans-serif", "distance": DISTANCE}
COLORS = {"PER": "#fde8c8", "LOC": "#d4ecd9", "ORG": "#d9e2fb"}


def picture(doc: Doc) -> str:
    """An SVG, by displaCy, with the entities drawn under the words."""
    tree = {
        "words": [{"text": token.text, "tag": ""} for token in doc],
        "arcs": [
            {
                "start": min(token.i, token.head.i),
                "end": max(token.i, token.head.i),
                "label": labelled(token.dep_, probability),
                "dir": "left" if token.i < token.head.i else "right",
            }
            for token, probability in zip(doc, doc._.skd_arc_probabilities, strict=True)
            if token.head.i != token.i
        ],
    }
    options = {
        **STYLE,
        "word_spacing": 34,
        "offset_x": OFFSET,
        "arrow_stroke": 1.4,
        "arrow_width": 7,
        "arrow_spacing": 8,
    }
    svg = displacy.render(tree, style="dep", manual=True, jupyter=False, options=options)
    # Labels stand on the arcs: under them, the letters of short arcs would be pressed together.
    svg = svg.replace('dy="1.25em"', 'dy="-0.35em"').replace("letter-spacing: 1px", "letter-spacing: 0")
    return svg.replace("</svg>", "\n".join([*entities(doc, height(svg)), "</svg>"]))


def labelled(label: str, probability: float) -> str:
    """With the probability, if it is not 1.00."""
    return label if probability >= 0.995 else f"{label} {probability:.2f}"


def height(svg: str) -> float:
    return float(svg.split(' height="')[1].split('"')[0].split(".")[0])


def entities(doc: Doc, bottom: float) -> List[str]:
    """A band for each entity, from its first to its last word, with its type and probability."""
    group = doc.spans["skd"]
    drawn = []
    for span, probability in zip(group, group.attrs["scores"], strict=True):
        left, width, top = OFFSET + span.start * DISTANCE - 38, (len(span) - 1) * DISTANCE + 76, bottom - 46
        color, label = COLORS.get(span.label_, "#e4e7eb"), escape(labelled(span.label_, probability))
        middle = f'x="{left + width / 2}" y="{top + 18}" text-anchor="middle" font-size="15" fill="#1f2933"'
        drawn.append(f'<rect x="{left}" y="{top}" width="{width}" height="26" rx="6" fill="{color}"/>')
        drawn.append(f"<text {middle}>{label}</text>")
    return drawn


def main(command_line: Optional[Sequence[str]] = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("pipeline", help="a folder with a component of entities and a parser")
    parser.add_argument("text", help="one sentence")
    parser.add_argument("--output", type=Path, required=True, metavar="FILE", help="the SVG")
    arguments = parser.parse_args(command_line)
    arguments.output.write_text(picture(spacy.load(arguments.pipeline)(arguments.text)), encoding="utf-8")


if __name__ == "__main__":
    main()
