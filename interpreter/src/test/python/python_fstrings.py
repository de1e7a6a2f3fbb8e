"""Writes what CPython 3.12 makes of f-strings, for PythonFStringTest to compare with: its f-strings hold any expression.

    python3.12 python_fstrings.py > ../resources/io/reft/python/fstrings.txt

Half are written by hand, half put together at random from text, fields, quotes of all kinds, formats and damage.
"""

import random
import sys
import warnings

from python_conformance import outcome

WRITTEN = r'''
f'{1:{2:{3}}}'
f'{1:{2:{3:{4}}}}'
f'{1!r }'
f'{1! r}'
f'{1 !r}'
f'{~1~}'
f'{1 # c~}'
f"""{~1,  # one~2,~}"""
f"""{1~:>5}"""
f'{1:\x3e5}'
f'{'\n'}'
f'{'a' 'b'}'
f'{"a" + 'b' + f"{'c'}"}'
f'\{1}'
rf'\{1}'
rf'\'{1}'
rf"{'\d'}\d"
f'{1:{{}}}'
f'{x:=5}'
f'{(y:=5)}'
f'{1=}'
f'{ 1 = }'
f'{1=!r:>5}'
f'{1 == 2=}'
f'{1=:>5}'
f'{1 = !s}'
f'{1=  !s}'
f'{1=!s  :>3}'
f'{(1)=}'
f'{'x'=}'
f'{[1,2][0]=:d}'
f'{lambda x: 1}'
f'{(lambda x: 1)(2)}'
f'{*[1,2],}'
f'{1,2}'
f'{}'
f'{ }'
f'{!r}'
f'{1!}'
f'{1!x}'
f'{1!rr}'
f'{1!r=}'
f'}'
f'{1}}'
f'{{1}'
f'{1:}}'
f'{f'{f'{1}'}'}'
f'{f"{f'{f"{1}"}'}"}'
f'{1:{'>'}{5}}'
f'{1:{2}{3}}'
f'{"a" if True else "b"}'
f'{d["k"]} {d['k']} {d.get('z', 'none')!r:>{4*2}}'
f'\N{DIGIT ONE}{1}{'\N{DIGIT TWO}'}'
f'{1:%H:%M}'
f'{s['b':]}'
f'{s['a'] if 'a' in s else 'b'}'
f'{1}' 'x{1}' f'{2}' "{" f"{{{3}}}"
f'\x7b1\x7d'
f'{1!s:{5}}'
f'{{}}{1}{{'
f'{{{{{1}}}}}'
f'{1;2}'
f'{1:}'
f'{yield}'
f'{1:>{2+3}d}'
f'{"""a~b"""}'
f'{1 if 1 else 2:>3}'
f'{n!=1}'
f'{1!=2} {1==1} {1<=2} {2>=1} {1<2}'
f'{3 .real}'
f'{r'\d'}'
f'{1:'}'
f'{#}'
f'{1 #}'
f'{1:\}'
f'{1\~+2}'
f'{'{'}{'}'}'
f'{'a' if '}' else 'b'}'
f'{d['a"b']}'
f'{', '.join(f'{k}={v}' for k, v in d.items())}'
f'{'\n'.join(['a', 'b'])}'
f'{"\\"}{'\''}'
f"{'"'}{"'"}"
f'{'"'}{"'"}'
F'{1}' fR'{1}\n' Rf'{2}\t'
f'{1}' if f'{''}' else f'{2}'
f''f'{1}'f''
f'' ''
f"{'' ''}"
f'{n:,} {n:>{len(s)}} {n:0{n % 7 + 3}d}'
f'{{"a": {n}}}'
f'{{"a": {n}}["a"]}'
f'{ {"a": n}["a"] }'
f'{{n}}'
f'{ {n} }'
f'{[x for x in 'abc']}'
f'{{x for x in 'abc'}}'
f'{x!r:^{n}'
f'{(1,)}'
f'{1}{2'
f'{1]}'
f'{(1}'
f'{1)}'
f'{'
f'{1
f"""{1}
f'{"}'
f'{'a'}' + f"{'b'}" + f"""{"c"}{'d'}"""
'''

TEXT = ["", " ", "x", "{{", "}}", "\\n", "\\x41", "\\{", "é", "~", "\\\\", ":", "!", "=", "#", "\\t"]
VALUES = [
    "n",
    "1.5",
    "None",
    "d['k']",
    'd["k"]',
    "'a' + \"b\"",
    "s[1:2]",
    "n == 7",
    "n != 7",
    "{n}",
    "(n, 1)",
    "lambda: 1",
    "(lambda: 1)()",
    "'\\n'",
    '"\\t"',
    "n if n else 0",
    "len('{}')",
    "[x for x in s]",
    "",
    " ",
    "n, 2",
    "*s,",
    "'}'",
    '"{"',
    "'''q'''",
    "n\n",
    "n # c\n",
    "(m := 3)",
]
FORMATS = [
    "",
    "",
    "",
    ":",
    ":>5",
    ":{n}",
    ":>{n}",
    ':{"<"}9',
    ":{'>'}{9}",
    ":.2f",
    ":!r",
    ":%d",
    ":{n}{n}",
    "!r",
    "!s",
    "!a",
    "!r:>9",
    "!r :>9",
    "! r",
    "!x",
    "=",
    " = ",
    "=!s",
    "=:>9",
    "=!r:>4",
    "!",
    ":}",
    ":{",
    "=x",
]


def fstring(r, depth):
    quote = r.choice(["'", '"', "'", '"', "'''", '"""'])
    prefix = r.choice(["f", "f", "f", "F", "rf", "fR"])
    out = ""
    for _ in range(r.randint(0, 4)):
        if r.random() < 0.5:
            out += r.choice(TEXT)
        else:
            value = fstring(r, depth - 1) if depth and r.random() < 0.4 else r.choice(VALUES)
            form = r.choice(FORMATS)
            if "=" in form:
                # 3.12.1 loses text of what it shows that holds one of \\ # !
                value = r.choice(["n", "1.5", "None", "d['k']", "(n, 1)", ""])
            out += "{" + r.choice(["", "", " "]) + value + r.choice(["", "", " "]) + form + "}"
    text = prefix + quote + out + quote
    if r.random() < 0.1:
        at = r.randrange(len(text))
        text = text[:at] + r.choice(["{", "}", "'", '"', "\\", "", "", "!", ":", "=", "\n"]) + text[at + r.randint(0, 1) :]
    return text


def programs():
    head = "n = 7\ns = 'abc'\nd = {'k': 1, 'a\"b': 2}\ndef solution():\n    return "
    for line in WRITTEN.strip("\n").split("\n"):
        yield head + line.replace("~", "\n") + "\n"
    r = random.Random(7)
    for _ in range(1500):
        yield head + fstring(r, 2).replace("~", "\n" if r.random() < 0.5 else "~") + "\n"


def main():
    warnings.simplefilter("ignore")
    assert sys.version_info[:2] == (3, 12), "the expected outcomes are those of CPython 3.12"
    for program in programs():
        fields = [f.replace("\\", "\\\\").replace("\n", "\\n").replace("\t", "\\t") for f in outcome(program)]
        if fields[0] == "ERROR" and "address" not in fields[1]:
            fields[1] = fields[1].split(":")[0]
        if " at 0x" not in fields[-1]:
            print("#> " + "\t".join(fields))
            print(program, end="")


main()
