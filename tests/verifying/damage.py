"""Notes damaged token by token: doubled, dropped and exchanged ones, and things too large to be meant.

``python -m tests.verifying.damage FIRST LAST`` verifies one note for each number between, and tells the slowest.
"""

from __future__ import annotations

import random
import re
import resource
import sys
import time

from derive.errors import ChainruleError
from derive.verifying.documents.reading import note
from derive.verifying.verify import verify
from tests.verifying.test_fuzz import PIECES, ROOT

NOTES = sorted((ROOT / "tests" / "verifying" / "notes").glob("*_*.*"))
TEXTS = [p.read_text(encoding="utf-8") for p in NOTES if p.suffix in (".md", ".tex", ".txt")]
TOKENS = re.compile(r"\\[A-Za-z]+|\\.|[A-Za-z]+|\d+|\s+|.", re.DOTALL)
HUGE = (
    "^{99999999}", "^{10^{10^{10}}}", "10^{400}", "1e999", "_{100000}", r"\sum_{i=1}^{1000000000}", r"\frac{1}{0}",
    r"\mathbb{R}^{100000000 \times 5}", "(50000000, 1)", "x" * 300, "(" * 80 + "x" + ")" * 80,
    "{" * 60 + "y" + "}" * 60,
    r"\frac{1}{" * 50 + "x" + "}" * 50, "+x" * 500, "x^" * 40 + "2", " A" * 60, r"\sum_i " * 30, "'" * 200,
    r"\sqrt{" * 50 + "x" + "}" * 50, "e^{" * 30 + "x" + "}" * 30, "^T" * 50,
)  # fmt: skip


def damaged(seed: int) -> str:
    """A note with a few tokens, or many, that are not as they were."""
    rnd = random.Random(seed)
    tokens = TOKENS.findall(rnd.choice(TEXTS))
    for _ in range(rnd.choice((1, 2, 5, 20))):
        k, j, kind = rnd.randrange(len(tokens)), rnd.randrange(len(tokens)), rnd.random()
        if kind < 0.25 and len(tokens) > 1:
            del tokens[k]
        elif kind < 0.45:
            tokens.insert(k, rnd.choice(PIECES))
        elif kind < 0.8:
            tokens[k], tokens[j] = tokens[j], tokens[k]
        else:
            tokens.insert(k, rnd.choice(HUGE))
    return "".join(tokens)


def judged(text: str) -> float:
    """The seconds that the report takes; declarations that cannot be read are refused."""
    begun = time.process_time()
    try:
        assert verify(note(text, "a")).findings is not None
    except ChainruleError as error:
        assert error.message
    return time.process_time() - begun


def main(first: int, last: int) -> None:
    """Print what takes longer than 5 s, the slowest of all, and the memory that was needed."""
    slowest = (0.0, first)
    for seed in range(first, last):
        here = (judged(damaged(seed)), seed)
        slowest = max(slowest, here)
        if here[0] > 5:
            print(f"{seed}: {here[0]:.1f} s", flush=True)
    used = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10
    print(f"{last - first} notes: the slowest ({slowest[1]}) took {slowest[0]:.1f} s; {used} MB of memory")


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
