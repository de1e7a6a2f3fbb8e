"""Writes what CPython makes of programs in the way large models write them, for PythonProgramsTest to compare with.

    python3.11 python_programs.py > ../resources/io/reft/python/programs.txt
    python3.11 python_programs.py COPIES > OUT     (more changed copies of each program, for a search for differences)

The programs are those of programs.txt, each as it stands and with other numbers and operators. Each starts with a line
`#> OK<tab>type<tab>repr` of what solution() returned, or `#> ERROR<tab>exception`, the exception's name alone.
"""

import contextlib
import decimal
import io
import random
import re
import signal
import sys
import tokenize
import warnings

OPERATORS = ["+", "-", "*", "/", "//", "%"]
COMPARISONS = ["<", "<=", ">", ">=", "==", "!="]


def number(r, text):
    """Another number of about the same kind, or the same."""
    if r.random() < 0.4 or re.search("[xXbBoOjJeE]", text):
        return text
    if "." in text:
        return "%.*f" % (r.randint(1, 3), r.random() * 10 ** r.randint(0, 3))
    value = int(text.replace("_", ""))
    kind = r.random()
    if kind < 0.6:
        return str(r.randint(0, max(3, value * 2)))
    if kind < 0.8:
        return str(max(0, value + r.randint(-2, 2)))
    return "%.2f" % (value * r.random() * 2) if kind < 0.9 else str(r.randint(0, 12))


def changed(r, source):
    """The program with other numbers and, now and then, other operators."""
    try:
        tokens = list(tokenize.generate_tokens(io.StringIO(source).readline))
    except (tokenize.TokenError, IndentationError):
        return source
    lines = source.splitlines(True)
    for t in reversed(tokens):
        text = t.string
        if t.type == tokenize.NUMBER:
            text = number(r, text)
        elif t.type == tokenize.OP and text in OPERATORS and text != "*" and r.random() < 0.06:
            text = r.choice(OPERATORS)
        elif t.type == tokenize.OP and text in COMPARISONS and r.random() < 0.1:
            text = r.choice(COMPARISONS)
        if text != t.string:
            line = lines[t.start[0] - 1]
            lines[t.start[0] - 1] = line[: t.start[1]] + text + line[t.end[1] :]
    return "".join(lines)


class TooLong(BaseException):
    """The program runs for more than two seconds."""


def interrupt(*_):
    raise TooLong


def outcome(source):
    names = {"__name__": "__main__"}
    try:
        with contextlib.redirect_stdout(io.StringIO()):
            exec(compile(source, "<program>", "exec"), names)
            value = names["solution"]() if "solution" in names else eval("solution", names)()
        return ["OK", type(value).__name__, repr(value)]
    except Exception as e:
        return ["ERROR", type(e).__name__]


def main():
    signal.signal(signal.SIGALRM, interrupt)
    warnings.simplefilter("ignore")
    copies = int(sys.argv[1]) if len(sys.argv) > 1 else 2
    r = random.Random(1)
    seen = set()
    for program in re.split(r"(?m)^---\n", open("programs.txt").read()):
        for i in range(copies):
            source = program if i == 0 else changed(r, program)
            if source not in seen:
                seen.add(source)
                decimal.setcontext(decimal.Context())
                sys.setrecursionlimit(1000)
                signal.alarm(2)
                try:
                    result = outcome(source)
                except TooLong:
                    continue
                finally:
                    signal.alarm(0)
                fields = [f.replace("\\", "\\\\").replace("\n", "\\n").replace("\t", "\\t") for f in result]
                print("#> " + "\t".join(fields))
                print(source, end="" if source.endswith("\n") else "\n")


main()
