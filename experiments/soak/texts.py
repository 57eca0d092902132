"""Texts of all kinds, also those that no corpus has: empty ones, white space, emoji, very long ones, unknown words."""

import random
from typing import List

WORDS = "Anna Berg moved to Oslo last year . The bank never sleeps , and who wrote this letter from Geneva ?".split()
ODD = [
    "",
    " ",
    "\n\n \t",
    "\u200b",
    "🙂",
    "👩‍👩‍👧‍👦 🇳🇴",
    "a\u0301 \u202e b",
    "日本語のテキスト",
    "x" * 3000,
    ". . .",
    "\x00",
    "\ufeff",
]
LONGEST = 3000


def text(number: int) -> str:
    """The text with this number; always the same one."""
    chance = random.Random(number)
    kind = chance.random()
    if kind < 0.05:
        return chance.choice(ODD)
    if kind < 0.052:
        return " ".join(_words(chance, LONGEST))
    return " ".join(_words(chance, chance.randint(1, 40)))


def texts(first: int, last: int) -> List[str]:
    """The texts from `first` until before `last`."""
    return [text(number) for number in range(first, last)]


def _words(chance: random.Random, count: int) -> List[str]:
    # One word in twenty was never seen before, as in a stream of names and numbers.
    return [f"w{chance.getrandbits(40)}" if chance.random() < 0.05 else chance.choice(WORDS) for _ in range(count)]
