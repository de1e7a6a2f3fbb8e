"""Compares the answers that reft reads with those of Math-Verify (Hugging Face's verifier of mathematical answers) over a generated corpus.

    mvn -q test-compile && python3 java/src/test/python/compare_math_verify.py [--examples]

needs the packages math-verify 0.9 and sympy. Every kind of text is written for some values; gold is the value that the text means, or, in
kinds named "not …", one that it does not mean. Printed is a row for each kind on which the two differ, as docs/answers.md has them; a kind
that differs without a reason given here, and a wrong answer that reft takes for right, end the script with an error.
"""
import argparse
import collections
import fractions
import glob
import json
import logging
import os
import random
import subprocess
import sys

from math_verify import parse, verify

logging.disable(logging.CRITICAL)
ROOT = os.path.abspath(os.path.join(os.path.dirname(__file__), *[os.pardir] * 4))
EACH = 12


def grouped(n, by=","):
    return f"{n:,}".replace(",", by)


def indian(n):
    text = str(n)
    head, tail = text[:-3], text[-3:]
    while len(head) > 2:
        tail = head[-2:] + "," + tail
        head = head[:-2]
    return head + "," + tail


def wide(text):
    return "".join(chr(ord(c) + 0xFEE0) for c in text)


SMALL = ("zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen "
         "nineteen").split()
TENS = "zero ten twenty thirty forty fifty sixty seventy eighty ninety".split()


def words(n):
    if n < 20:
        return SMALL[n]
    if n < 100:
        return TENS[n // 10] + (f"-{SMALL[n % 10]}" if n % 10 else "")
    return f"{words(n // 100)} hundred" + (f" and {words(n % 100)}" if n % 100 else "")


RAISED = str.maketrans("0123456789-", "⁰¹²³⁴⁵⁶⁷⁸⁹⁻")


def kinds(r):
    """Yields (kind, gold, text, whether the text means gold)."""
    n = r.randint(2, 999)
    big = r.randint(1001, 9_999_999)
    top, bottom = r.choice([(1, 2), (1, 3), (3, 4), (2, 5), (5, 8), (1, 6)])
    part = fractions.Fraction(top, bottom)
    whole = r.randint(2, 30)
    exponent = r.randint(2, 5)
    digit = r.randint(2, 9)
    mixed = whole + part
    other = n + r.randint(1, 50)

    def right(kind, gold, text):
        return kind, gold, text, True

    def wrong(kind, gold, text):
        return "not " + kind, gold, text, False

    yield right("whole number", n, f"{n}")
    yield right("decimals", n / 100, f"{n / 100}")
    yield right("full stop behind", n, f"{n}.")
    yield right("negative", -n, f"-{n}")
    yield right("U+2212 as minus", -n, f"−{n}")
    yield right("U+2011 as minus", -n, f"‑{n}")
    yield right("exponent, 1e3", n * 1000, f"{n}e3")
    yield right("thousands by commas", big, grouped(big))
    yield right("thousands by {,}", big, "$" + grouped(big, "{,}") + "$")
    yield right(r"thousands by ,\!", big, "$" + grouped(big, r",\!") + "$")
    yield right("thousands by spaces", big, grouped(big, " "))
    yield right("thousands by U+202F", big, grouped(big, "\u202f"))
    yield right("thousands by U+00A0", big, grouped(big, "\u00a0"))
    yield right("thousands by apostrophes", big, grouped(big, "'"))
    yield right("thousands by underscores", big, grouped(big, "_"))
    yield right("Indian groups", big + 10**7, indian(big + 10**7))
    yield right("full-width digits", n, wide(str(n)))
    for sign in ("$", "€", "£", "₹", "Rs. ", "US$", r"\$"):
        yield right(f"currency before, {sign.strip()}", n, f"{sign}{n}")
    yield right("currency behind, €", n, f"{n}€")
    yield right("currency behind, dollars", n, f"{n} dollars")
    yield right("fraction by a stroke", part, f"{top}/{bottom}")
    yield right(r"fraction, \frac{1}{2}", part, rf"$\frac{{{top}}}{{{bottom}}}$")
    yield right(r"fraction, \dfrac{1}{2}", part, rf"$\dfrac{{{top}}}{{{bottom}}}$")
    yield right(r"fraction, \frac12", part, rf"$\frac{top}{bottom}$")
    yield right("fraction, U+2044", part, f"{top}⁄{bottom}")
    yield right("fraction, ½", fractions.Fraction(1, 2), "½")
    yield right("mixed number, 3 1/2", mixed, f"{whole} {top}/{bottom}")
    yield right(r"mixed number, 3\frac{1}{2}", mixed, rf"${whole}\frac{{{top}}}{{{bottom}}}$")
    yield right(r"mixed number, 3\frac12", mixed, rf"${whole}\frac{top}{bottom}$")
    yield right("mixed number, 3½", whole + fractions.Fraction(1, 2), f"{whole}½")
    yield right("mixed number, 3 and a half", whole + fractions.Fraction(1, 2), f"{whole} and a half")
    yield right(r"repeating decimals, 0.\overline{3}", fractions.Fraction(digit, 9), rf"$0.\overline{{{digit}}}$")
    yield right("repeating decimals, 0.333...", fractions.Fraction(digit, 9), "0." + str(digit) * 6 + "...")
    yield right("percent of a number", n, f"{n}%")
    yield right(r"percent, \%", n, rf"${n}\%$")
    yield right("percent, in words", n, f"{n} percent")
    yield right("percent of a share", n / 100, f"{n}%")
    yield right("power, 10^2", digit**exponent, f"${digit}^{{{exponent}}}$")
    yield right("power without TeX, 10^2", digit**exponent, f"{digit}^{exponent}")
    yield right("power, 10²", digit**exponent, f"{digit}{str(exponent).translate(RAISED)}")
    yield right("power, 10**2", digit**exponent, f"{digit}**{exponent}")
    yield right(r"times a power of ten, \times", n * 10**exponent, rf"${n} \times 10^{{{exponent}}}$")
    yield right("times a power of ten, ×", n * 10**exponent, f"{n} × 10^{exponent}")
    yield right("scale word, million", n * 10**6, f"{n} million")
    yield right("scale word, $1.5 million", n * 10**5, f"${n / 10} million")
    yield right("scale word, lakh", n * 10**5, f"{n} lakh")
    yield right("scale letter, $42k", n * 1000, f"${n}k")
    yield right("scale word, dozen", n * 12, f"{n} dozen")
    yield right("thousands by points", big + 10**6, grouped(big + 10**6, "."))
    yield right("points and a decimal comma", big + 0.5, grouped(big, ".") + ",50")
    yield right("words, forty-two", n, words(n))
    yield right("words and digits, forty-two (42)", n, f"{words(n)} ({n})")
    yield right("digits and words, 42 (forty-two)", n, f"{n} ({words(n)})")
    yield right("words, three and a half", whole + fractions.Fraction(1, 2), f"{words(whole)} and a half")
    yield right("words, two thirds", fractions.Fraction(2, 3), "two thirds")
    yield right(r"unit, \frac{km}{h}", n, rf"${n} \frac{{\text{{km}}}}{{\text{{h}}}}$")
    yield right("unit behind a tie", n, rf"${n}~\text{{km}}$")
    yield right("sentence before, Tom has 42 marbles", n, f"Tom has {n} marbles")
    yield right("ordinal with the", n, f"the {n}th")
    yield right("unit word", n, f"{n} apples")
    yield right("unit, cm^2", n, rf"${n} \text{{ cm}}^2$")
    yield right("unit, m2", n, f"{n} m2")
    yield right("unit, km/h", n, f"{n} km/h")
    yield right("degrees", n, rf"${n}^\circ$")
    yield right("ordinal", n, f"{n}th")
    yield right("sentence behind", n, f"{n}. I hope this helps!")
    yield right("approximately", n / 100, f"approximately {n / 100}")
    yield right("≈", n / 100, f"≈ {n / 100}")
    yield right("x =", n, f"$x = {n}$")
    yield right("TeX, $…$", n, f"${n}$")
    yield right(r"TeX, \(…\)", n, rf"\({n}\)")
    yield right(r"TeX, \[…\]", n, rf"\[ {n} \]")
    yield right("TeX, $$…$$", n, f"$${n}$$")
    yield right(r"TeX, \boxed", n, rf"\boxed{{{n}}}")
    yield right(r"TeX, $\boxed$", n, rf"$\boxed{{{n}}}$")
    yield right(r"TeX, \boxed{\text{…}}", n, rf"$\boxed{{\text{{{n}}}}}$")
    yield right("TeX, sign before the box", -n, rf"$-\boxed{{{n}}}$")
    yield right("emphasis, **…**", n, f"**{n}**")
    yield right("quotes", n, f"“{n}”")
    yield right("angle brackets", n, f"<{n}>.")
    yield right("zero-width space", n, f"{n}\u200b")
    yield right("two forms, 0.5 (1/2)", part, f"{float(part):.3f} ({top}/{bottom})")
    yield right("two forms, 1/2 (0.5)", part, f"{top}/{bottom} ({float(part):.3f})")
    yield right("two forms, 50% (0.5)", n / 100, f"{n}% ({n / 100})")
    yield right("equation, 6 × 7 = 42", n * digit, f"{n} × {digit} = {n * digit}")
    yield right(r"equation, 6 \times 7 = 42", n * digit, rf"${n} \times {digit} = {n * digit}$")
    yield right(r"equation, 10/3 \approx 3.33", fractions.Fraction(n, 3), rf"$\frac{{{n}}}{{3}} \approx {n / 3:.2f}$")
    yield right("left to be worked out, 12 + 30", n + other, f"${n} + {other}$")
    yield right("left to be worked out, 6 × 7", n * digit, rf"${n} \times {digit}$")
    yield right(r"left to be worked out, \sqrt{49}", digit, rf"$\sqrt{{{digit * digit}}}$")
    yield right("left to be worked out, 5!", 120, "$5!$")
    yield right("decimal comma", n / 100 + 0.005, f"{n / 100 + 0.005:.3f}".replace(".", ",") + "5")
    yield right("last of several", n, f"{other}, no, {n}")
    yield right("whole numbers of 20 digits", 10**19 + n, f"{10**19 + n}")

    yield wrong("its beginning, 3 of 3½", whole, f"{whole}½")
    yield wrong("its beginning, 3 of 3 1/2", whole, f"{whole} {top}/{bottom}")
    yield wrong("its beginning, 7 of 7 and a half", whole, f"{whole} and a half")
    yield wrong("its beginning, 10 of 10^2", n, f"{n}^2")
    yield wrong("its beginning, 10 of 10²", n, f"{n}²")
    yield wrong("its beginning, 1 of 1_000", digit, f"{digit}_000")
    yield wrong("its beginning, 1 of 1,000", digit, f"{digit},000")
    yield wrong("its beginning, 1 of 1 000 (U+202F)", digit, f"{digit}\u202f000")
    yield wrong("its beginning, 42 of 42k", n, f"{n}k")
    yield wrong("its beginning, 1.5 of 1.5 million", n / 10, f"{n / 10} million")
    yield wrong("its beginning, 42 of 42x", n, f"{n}x")
    yield wrong("its beginning, 42 of 42π", n, f"{n}π")
    yield wrong(r"its beginning, 42 of 42\sqrt{2}", n, rf"${n}\sqrt{{2}}$")
    yield wrong("its beginning, 42 of 42!", n, f"${n}!$")
    yield right("power in words", n * n, f"{n} squared")
    yield wrong("its beginning, 42 of 42 squared", n, f"{n} squared")
    yield wrong("its beginning, 3 of 3 tenths", n, f"{n} tenths")
    yield wrong("its beginning, 204 of 204_5", 204, "$204_5$")
    yield wrong("its beginning, 42 of 42 and change", n, f"${n} and change")
    yield wrong("its beginning, 42 of 42 dozen", n, f"{n} dozen")
    yield wrong("its beginning, 1 of 1.234.567", digit, f"{digit}.000.000")
    yield wrong("its beginning, 20 of twenty-five", 20, "twenty-five")
    yield wrong("its end, 2 of 1/2", bottom, f"{top}/{bottom}")
    yield wrong("its end, 7 of 3:7", other, f"{n}:{other}")
    yield wrong("the first of two, 42 or 43", n, f"{n} or {other}")
    yield wrong("the last of two, 42 or 43", other, f"{n} or {other}")
    yield wrong("the first of two, 42, 43", n, f"{n}, {other}")
    yield wrong("the last of two, 42, 43", other, f"{n}, {other}")
    yield wrong("the first of a range, 42-43", n, f"{n}-{other}")
    yield wrong("the last of a range, 42-43", other, f"{n}-{other}")
    yield wrong("one of a sum, 12 + 30", n, f"{n} + {other}")
    yield wrong("a denied one, not 42", n, f"not {n}")
    yield wrong("a bound, > 42", n, f"> {n}")
    yield wrong("a bound, at least 42", n, f"at least {n}")
    yield wrong("a bound, 42 at most", n, f"{n} at most")
    yield wrong("a bound, 42 or more", n, f"{n} or more")
    yield wrong("the first of two in words", n, f"{words(n)} or {words(other)}")
    yield wrong("a pronoun, one of them", 1, "one of them")
    yield wrong("a bound, x > 42", n, f"$x > {n}$")
    yield wrong("taken back, 42 is wrong", n, f"{n} is wrong")
    yield wrong("an equation that is false, 6 × 7 = 43", n * digit + 1, rf"${n} \times {digit} = {n * digit + 1}$")
    yield wrong("two forms that differ, 0.5 (1/3)", part, f"{float(part):.3f} ({top}/{bottom + 1})")
    yield wrong("rounded to nothing, 0 for 0.005", 0.005, "0")
    yield wrong("another whole number of 20 digits", 10**19 + n, f"{10**19 + n + 1}")
    yield wrong("infinity", n, r"$\infty$")
    yield wrong("a word, nan", n, "nan")


# why the two differ, for each kind on which they do
SIGNS = "Math-Verify knows ASCII's hyphen alone as a minus; behind another dash it sees no number"
GROUPS = "Math-Verify joins groups of three digits at commas and plain spaces; of others it takes the first group"
BEGINNING = "Math-Verify takes the longest number that it can parse and leaves out what follows; reft reads to the end or not at all"
SCALES = "Math-Verify takes scale words for units"
SEVERAL = "Math-Verify takes the first number of a text; to reft a text with two is no answer"
WORDS = "Math-Verify looks for a number anywhere in the text; reft lets only some words stand before it, or behind it"
WORK = "Math-Verify works out what the text leaves to be worked out; to reft that is no answer yet"
NO_WORDS = "Math-Verify reads digits and TeX, no numbers in words"
REASONS = {
    "U+2212 as minus": SIGNS,
    "U+2011 as minus": SIGNS,
    "exponent, 1e3": "Math-Verify has no numbers with an e",
    "thousands by U+202F": GROUPS,
    "thousands by U+00A0": GROUPS,
    "thousands by apostrophes": GROUPS,
    "thousands by underscores": GROUPS,
    "Indian groups": "Math-Verify takes the first comma for a decimal comma",
    "full-width digits": "Math-Verify looks for ASCII's digits",
    "currency before, US$": "Math-Verify sees no number there",
    r"currency before, \$": "Math-Verify sees no number there: it takes the sign for the beginning of TeX",
    "fraction, U+2044": "Math-Verify knows / alone as the stroke, and takes the numerator",
    "fraction, ½": "Math-Verify knows no fraction of one character",
    "mixed number, 3 1/2": "Math-Verify has mixed numbers in TeX alone; here it takes the numerator",
    "mixed number, 3½": BEGINNING,
    "mixed number, 3 and a half": BEGINNING,
    r"repeating decimals, 0.\overline{3}": "Math-Verify reads 0",
    "repeating decimals, 0.333...": "Math-Verify reads the digits that there are, which may round to another value at two places",
    r"percent, \%": "Math-Verify takes n % for n/100 in TeX, and outside of it for n as well; reft takes it for both everywhere",
    "power, 10²": BEGINNING,
    "times a power of ten, ×": "Math-Verify knows the sign in TeX alone; here it takes the power's base",
    "scale word, million": SCALES,
    "scale word, $1.5 million": SCALES,
    "scale word, lakh": SCALES,
    "scale letter, $42k": SCALES,
    "TeX, sign before the box": "Math-Verify reads the box alone; reft the sign before it as well",
    "quotes": "Math-Verify sees no number behind such a quote",
    "angle brackets": "Math-Verify sees no number behind the bracket",
    "two forms, 1/2 (0.5)": "Math-Verify takes the numerator",
    "left to be worked out, 12 + 30": WORK,
    "left to be worked out, 6 × 7": WORK,
    r"left to be worked out, \sqrt{49}": WORK,
    "left to be worked out, 5!": WORK,
    "not its beginning, 3 of 3½": BEGINNING,
    "not its beginning, 7 of 7 and a half": BEGINNING,
    "not its beginning, 10 of 10²": BEGINNING,
    "not its beginning, 1 of 1_000": BEGINNING,
    "not its beginning, 1 of 1 000 (U+202F)": BEGINNING,
    "not its beginning, 42 of 42k": BEGINNING,
    "not its beginning, 1.5 of 1.5 million": SCALES,
    "not its beginning, 42 of 42x": BEGINNING,
    "not its beginning, 42 of 42π": BEGINNING,
    "not its beginning, 42 of 42 squared": BEGINNING,
    "not its beginning, 3 of 3 tenths": BEGINNING,
    "not its beginning, 204 of 204_5": "Math-Verify leaves the base out",
    "power in words": NO_WORDS,
    "scale word, dozen": SCALES,
    "thousands by points": "Math-Verify takes the first point for the decimal point",
    "points and a decimal comma": "Math-Verify takes the first point for the decimal point",
    "words, forty-two": NO_WORDS,
    "words and digits, forty-two (42)": "Math-Verify sees no number behind words that it does not know",
    "words, three and a half": NO_WORDS,
    "words, two thirds": NO_WORDS,
    "not its beginning, 42 of 42 and change": BEGINNING,
    "not its beginning, 42 of 42 dozen": SCALES,
    "not its beginning, 1 of 1.234.567": BEGINNING,
    "not a bound, 42 at most": WORDS,
    "not a bound, 42 or more": WORDS,
    "not the first of two, 42 or 43": SEVERAL,
    "not the first of two, 42, 43": SEVERAL,
    "not a denied one, not 42": WORDS,
    "not a bound, > 42": WORDS,
    "not a bound, at least 42": WORDS,
    "not taken back, 42 is wrong": WORDS,
    "not an equation that is false, 6 × 7 = 43": "Math-Verify takes an equation's last side; reft wants all that it can work out to agree",
    "not two forms that differ, 0.5 (1/3)": SEVERAL,
}


def ours(rows, classpath):
    lines = "".join(json.dumps({"gold": gold(g), "text": t}) + "\n" for _, g, t, _ in rows)
    java = os.path.join(os.environ["JAVA_HOME"], "bin", "java") if "JAVA_HOME" in os.environ else "java"
    command = [java, "-cp", classpath, "io.reft.answer.DumpReadings"]
    done = subprocess.run(command, input=lines, capture_output=True, text=True, encoding="utf-8", check=True)
    return done.stdout.split()


def gold(value):
    return f"{value.numerator}/{value.denominator}" if isinstance(value, fractions.Fraction) else str(value)


def theirs(value, text):
    said = parse("The answer is: " + text)
    if not said:
        return "none"
    right = rf"$\frac{{{value.numerator}}}{{{value.denominator}}}$" if isinstance(value, fractions.Fraction) else f"${value}$"
    return "right" if verify(parse(right), said, float_rounding=2) else "wrong"


def main():
    options = argparse.ArgumentParser()
    gson = glob.glob(os.path.expanduser("~/.m2/repository/com/google/code/gson/gson/2.13.*/gson-*.jar"))
    target = os.path.join(ROOT, "java", "target")
    options.add_argument("--classpath", default=os.pathsep.join([target + "/test-classes", target + "/classes"] + gson[-1:]))
    options.add_argument("--examples", action="store_true", help="one text of each kind as well, differing or not")
    args = options.parse_args()
    r = random.Random(7)
    rows = list(dict.fromkeys(row for _ in range(EACH) for row in kinds(r)))
    seen, examples = collections.defaultdict(collections.Counter), {}
    rewarded = 0
    for (kind, value, text, true), mine in zip(rows, ours(rows, args.classpath), strict=True):
        yours = theirs(value, text)
        seen[kind][mine, yours] += 1
        examples.setdefault(kind, (gold(value), text))
        if mine == "right" and not true:
            rewarded += 1
            print(f"WRONG ANSWER REWARDED: {kind}: gold {gold(value)}, said {text}")
    unexplained = 0
    for kind, counts in seen.items():
        total = sum(counts.values())
        differ = sum(c for (mine, yours), c in counts.items() if (mine == "right") != (yours == "right"))
        if differ or args.examples:
            mine = sum(c for (m, _), c in counts.items() if m == "right")
            yours = sum(c for (_, y), c in counts.items() if y == "right")
            example = examples[kind]
            shown = "".join(c if c.isprintable() else f"U+{ord(c):04X}" for c in example[1])
            print(f"| {kind} | `{shown}` | {example[0]} | {mine} of {total} | {yours} of {total} | {REASONS.get(kind, '')} |")
            unexplained += differ > 0 and kind not in REASONS
    print(f"{len(rows)} texts of {len(seen)} kinds; {rewarded} wrong ones taken for right by reft; kinds without a reason: {unexplained}")
    sys.exit(1 if rewarded or unexplained else 0)


if __name__ == "__main__":
    main()
