"""Writes what CPython makes of some programs, for PythonConformanceTest to compare with.

    python3.11 python_conformance.py > ../resources/io/reft/python/conformance.txt

Each program starts with a line `#> OK<tab>type<tab>repr` or `#> ERROR<tab>exception: message`. Most are one
expression; the rest are whole programs in the way language models write them, by hand and from seeded templates.
"""

import contextlib
import io
import random
import sys
import warnings

EXPRESSIONS = r'''
1 + 2 * 3 - 4
7 // 2, -7 // 2, 7 // -2, -7 // -2, 7 % 3, -7 % 3, 7 % -3, -7 % -3
7.5 // 2, -7.5 // 2, 7.5 // -2.0, 7.5 % 2, -7.5 % 2, 7.5 % -2, -7.5 % -2.5
divmod(17, 5), divmod(-17, 5), divmod(17.5, -5), divmod(-1, 3), divmod(True, 2)
2 ** 10, 2 ** 0, 0 ** 0, 2 ** -1, (-2) ** 3, -2 ** 2, 2 ** 0.5, 4 ** 0.5, (-8) ** 3, 10 ** -3, 1.5 ** 2, 2 ** 3 ** 2
2 ** 100, 3 ** 200, (-7) ** 77, 10 ** 30 // 7, -10 ** 30 // 7, 10 ** 30 % 7, -10 ** 30 % 7
1 / 3, 2 / 3, 10 / 4, 10 / 5, -7 / 2, 1e308 * 10, -1e308 * 10, 0.1 + 0.2, 1 - 0.9, 3 * 0.1
10 ** 25 / 3, (2 ** 53 + 1) / 1, (2 ** 64 + 1) / 3, 10 ** 400 / 10 ** 399, 1 / 10 ** 320, -5 / 10 ** 323, 3 / 10 ** 324
7 ** 300 / 11 ** 243
9007199254740993 / 2, 9007199254740993 * 1.0, 123456789012345678 / 1000, 2 ** 1023 * 1.0
9223372036854775807 + 1, -9223372036854775808 - 1, 9223372036854775807 * 2, -(-9223372036854775808), abs(-9223372036854775808)
-9223372036854775808 // -1, 3037000500 * 3037000500, 4294967296 * 2147483648
5 & 3, 5 | 3, 5 ^ 3, ~5, 1 << 70, (1 << 70) >> 68, -1 >> 1, -5 & 0xFF, True & False, True | False, True ^ True, ~True
2 ** 70 & 2 ** 70 - 1, -2 ** 65 | 1
1e16, 1e15, 123456789012345680.0, 1e22, 1e21, 1.5e300, 1e-4, 1e-5, 0.00012345, 1.0, -0.0, 100.0, 1e100, 5e-324, 2.2250738585072014e-308
1.7976931348623157e308, 123456.789, 9999999999999998.0, 99999999999999990.0, 4.35, 2.675, 1e23, 9e-323
float('inf'), float('-inf'), float('nan'), -float('inf'), float('inf') - float('inf'), float('1e400'), float(' 12.5 '), float('1_000.5')
float('-.5'), float('5.'), float('Infinity')
True + True, True * 3.5, sum([True, False, True]), True == 1, 1 == 1.0, hash(1.0) == hash(1), True / 2, True // 2, -True, +True, not 0
round(2.5), round(3.5), round(-2.5), round(0.5), round(1.5), round(2.675, 2), round(2.665, 2), round(1.005, 2), round(0.125, 2)
round(0.375, 2), round(-1.25, 1), round(1234.5678, -2), round(5.015, 2), round(1e300, 2), round(12345, -2), round(15, -1), round(25, -1)
round(-15, -1), round(7, 2), round(2.5, 0), round(-0.4), round(-0.04, 1), round(1e16 + 1.0), round(True), round(17.5, None)
round(0.285, 2), round(1.115, 2), round(4.35, 1), round(8.345, 2), round(33.333333, 2), round(66.66666666, 3), round(1.45, 1)
round(99.995, 2), round(1e-5, 5), round(123456789.987654321, 4), round(5e-324, 320), round(-2.5, -1), round(35.0, -1), round(45.0, -1)
int(3.99), int(-3.99), int('42'), int(' -42 '), int('1_000'), int('ff', 16), int('0x1f', 16), int('0b101', 0), int('0o17', 0)
int('z', 36), int(True), int(1e20), int('٣'), int('+5')
int('12345678901234567890123456789'), int(-1e25), int(1e308) % 1000007
str(1.0), str(10 ** 20), str(None), str(True), str([1, 'a', None]), str((1,)), str({}), str({'a': 1}), repr('a\'b'), repr("a'b")
repr('a"b'), repr('a\'b"c'), repr('\n\t\\\x00\x7f\xe9\u2028'), str('x')
bool(0), bool(''), bool([]), bool(()), bool({}), bool(set()), bool(0.0), bool('0'), bool([0]), bool(None), bool(range(0)), bool(range(3))
1 < 2 < 3, 1 < 3 < 2, 3 > 2 >= 2 != 1, 1 == 1 == 1, 1 < 2 > 0, (1 < 2) == True, 1 is None, None is None, None is not None, [] is []
'a' in 'abc', 'x' not in 'abc', 1 in [1, 2], 1.0 in [1], 3 in {1: 2}, 3 in range(10), 3.0 in range(10), 3.5 in range(10)
(1, 2) in [(1, 2)]
2 ** 53 == 2.0 ** 53, 2 ** 53 + 1 == 2.0 ** 53, 2 ** 53 + 1 > 2.0 ** 53, 10 ** 400 > 1e308, 10 ** 400 < float('inf')
-10 ** 400 > float('-inf'), 1 < float('nan'), float('nan') == float('nan'), 0.1 + 0.2 == 0.3, 1 != 1.0
9007199254740993 < 9007199254740992.0
'a' < 'b', 'A' < 'a', 'abc' < 'abd', '' < 'a', [1, 2] < [1, 3], (1, 2) < (1, 2, 0), [1, 'a'] < [2, 3], (1, 'a') == (1, 'a'), [1] == (1,)
{1: 2} == {1: 2.0}, {1, 2} == {2, 1}, {1} < {1, 2}, {1, 2} <= {1, 2}, {1} > {2}, 'a' == 1, None == 0
1 and 2, 0 and 2, 1 or 2, 0 or 2, not 1, not '', 0 or '' or [], 1 and [] and 3, None or 'default', 5 if 1 > 2 else 6, (1 if 0 else 2) + 1
abs(-5), abs(5.5), abs(-0.0), abs(True), min(3, 1, 2), max([3, 1, 2]), min('b', 'a'), max((1, 2.5)), min([5], default=0)
max([], default=-1), max('abc', key=ord), min([3, -4, 2], key=abs), max([1, 2], [1, 3]), max(1, 1.0), min(1.0, 1), sum([])
sum([0.1] * 10), sum([1, 2], 10), sum([[1], [2]], []), sum(range(101)), sum((1, 2.5, True))
sum([0.1, 0.2, 0.3]), sum([1e16, 1.0, -1e16]), sum([1, 1e16, 1]), sum(x * 0.1 for x in range(10))
len('abc'), len([1, 2]), len({}), len(range(0, 10, 3)), len(''), len((1,)), len({1, 1}), len(range(5, 0, -2))
list(range(5)), list(range(2, 10, 3)), list(range(10, 0, -3)), list(range(0)), range(3), range(1, 3), range(1, 10, 2), range(10)[3]
range(10)[-1], range(10)[2:5], range(10)[::-1], list(reversed(range(4))), range(3) == range(0, 3, 1)
sorted([3, 1, 2]), sorted('hello'), sorted([3, 1, 2], reverse=True), sorted(['b', 'A', 'c'], key=str.lower)
sorted([(1, 'b'), (0, 'z'), (1, 'a')]), sorted({'b': 1, 'a': 2}), sorted([1, 2.5, True, 0]), sorted([[2], [1, 5]])
sorted(['aa', 'b', 'cc', 'd'], key=len), sorted(['aa', 'b', 'cc', 'd'], key=len, reverse=True)
list(zip([1, 2, 3], 'ab')), list(enumerate('ab', 1)), list(map(lambda x: x * 2, [1, 2])), list(filter(None, [0, 1, '', 'a']))
list(map(max, [1, 5], [3, 2])), dict(zip('ab', [1, 2])), list(zip()), list(map(int, '123')), list(map(str, [1, 2.0])), all([]), any([])
all([1, 0]), any([0, 1]), list(reversed([1, 2])), list(filter(lambda x: x % 2, range(6)))
[1, 2] + [3], [0] * 3, 3 * [1, 2], (1,) + (2,), (0,) * 2, 'ab' * 2, 'a' + 'b', [1] * -1, 'x' * 0, [[]] * 2
[1, 2, 3][0], [1, 2, 3][-1], [1, 2, 3, 4, 5][1:3], [1, 2, 3][::-1], [1, 2, 3, 4][::2], [1, 2, 3][5:], [1, 2, 3][-2:], 'hello'[1:-1]
'hello'[::-1], (1, 2, 3)[1:], 'abc'[-1], [1, 2, 3, 4, 5][-1:-4:-1], [1, 2, 3][10:0:-1], 'abcdef'[4:1:-2]
{'a': 1, 'b': 2}, {'a': 1}['a'], {1: 'x', 1.0: 'y', True: 'z'}, {}, {(1, 2): 3}, {'a': [1, {'b': 2}]}, {**{'a': 1}, 'b': 2}
{'a': 1} | {'b': 2, 'a': 3}, dict(a=1, b=2), dict([('x', 1)]), dict({'a': 1}, b=2), {'a': 1}.get('b'), {'a': 1}.get('b', 0)
list({'a': 1, 'b': 2}), list({'a': 1}.items()), {'a': 1}.keys(), {'a': 1}.values(), {'a': 1}.items(), dict.fromkeys([1, 2], 0), {}.get(1)
{1, 2, 3}, set(), {3, 1, 2}, set([5, 1, 1]), frozenset([1]), frozenset(), {1, 2} | {3}, {1, 2} & {2, 3}, {1, 2} - {2}, {1, 2} ^ {2, 3}
{1, 2}.union([5]), {1, 2}.issubset({1, 2, 3}), {10, 20, 30, 5, 7}, set(range(20)), {100, 3, 50, 8, 16, 24, 32}, {-1, -2, -3}, {1.5, 2.5}
{0.1, 7, 3}, {(1, 2), (3, 4)}, set([2 ** 70, 5, -2 ** 65])
{33, 1, 65, 97, 129}, {64, 0, 32, 96}, {1000000, 999, 12345, 77, 4096, 256}, set([9, 8, 7, 6, 5, 4, 3, 2, 1, 0, 19, 18, 17]) - {4, 9}
set(range(0, 1000, 37)), set(range(50, 0, -7)) & set(range(0, 50, 2)), {x * x % 97 for x in range(40)}
[x * x for x in range(5)], [x for x in range(10) if x % 2 if x > 3], [(x, y) for x in range(2) for y in range(x, 3)]
{x: x ** 2 for x in range(3)}, {x % 3 for x in range(10)}, sum(x for x in range(10)), [[y for y in range(x)] for x in range(3)]
list(x for x in 'ab'), [a + b for a, b in [(1, 2), (3, 4)]], [x if x > 1 else -x for x in range(4)], {k: v for k, v in zip('ab', (1, 2))}
sorted({len(w) for w in ['a', 'bb', 'cc']}), [y := 5, y * 2], max(len(w) for w in ['aa', 'b'])
(lambda x: x + 1)(2), (lambda x, y=3: x * y)(2), (lambda *a: a)(1, 2), (lambda **k: k)(a=1), (lambda: None)()
(lambda x: (lambda y: x + y))(1)(2), (lambda a, *b, c=0, **d: (a, b, c, d))(1, 2, 3, c=4, e=5)
'hello world'.title(), 'Hello'.upper(), 'Hello'.lower(), 'hello'.capitalize(), 'Hello'.swapcase(), '  x '.strip(), 'xxaxx'.strip('x')
'xxa'.lstrip('x'), 'axx'.rstrip('x'), "they're bill's".title(), 'ÀÉ'.lower()
'a,b,c'.split(','), 'a b  c'.split(), ' a b '.split(' '), 'a,b,c'.split(',', 1), 'a,b,c'.rsplit(',', 1), ''.split(), ''.split(',')
'abc'.split('b'), 'a\nb\r\nc'.splitlines(), 'a\nb\n'.splitlines(True), 'a b c d'.rsplit(None, 2), 'a--b--c'.split('--')
'k=v=w'.partition('='), 'k=v=w'.rpartition('='), 'kv'.partition('='), 'kv'.rpartition('='), ' a  b c'.split(None, 1)
','.join(['a', 'b']), ''.join(reversed('abc')), '-'.join('abc'), 'abc'.replace('b', 'x'), 'aaa'.replace('a', 'b', 2)
'abc'.replace('', '-'), 'aaa'.replace('aa', 'b'), 'hello'.find('l'), 'hello'.rfind('l'), 'hello'.find('z'), 'hello'.index('e')
'hello'.count('l'), 'aaaa'.count('aa'), 'abc'.count(''), 'hello'.find('l', 3), 'hello'.find('o', 0, 4), 'hello'.startswith('he')
'hello'.endswith(('lo', 'x')), 'hello'.startswith('l', 2)
'123'.isdigit(), '12a'.isdigit(), ''.isdigit(), 'abc'.isalpha(), 'a1'.isalnum(), ' '.isspace(), 'ABC'.isupper(), 'abc'.islower()
'1.5'.isdigit(), '½'.isnumeric(), '²'.isdigit(), '²'.isdecimal(), 'A Title'.istitle(), 'x_1'.isidentifier(), 'é'.isalpha(), 'é'.isascii()
'5'.zfill(3), '-5'.zfill(4), 'ab'.center(5), 'ab'.center(5, '*'), 'ab'.center(6, '*'), 'abc'.center(6, '*'), 'abc'.center(8, '*')
'ab'.ljust(4, '.'), 'ab'.rjust(4, '.'), 'a\tb'.expandtabs(4), 'prefix_x'.removeprefix('prefix_'), 'x.py'.removesuffix('.py')
'abc'.casefold()
ord('a'), chr(97), chr(8364), bin(10), oct(8), hex(255), bin(-5), hex(-255), bin(0), (255).bit_length(), (5).bit_count()
(2.5).is_integer(), (2.0).is_integer(), (0.75).as_integer_ratio(), (7).as_integer_ratio(), (3).real, (3.5).imag, ascii('é')
format(255, 'x'), format(3.14159, '.2f')
f'{3.14159:.2f}', f'{1234567:,}', f'{1234567.891:,.2f}', f'{5:03d}', f'{-5:03d}', f'{0.256:.1%}', f'{0.5:%}'
f'{12:>5}|{12:<5}|{12:^5}|{12:=+5}', f'{"a":>5}|{"a":<5}|{"a":^5}|{"a":*^5}', f'{255:x} {255:X} {255:#x} {255:b} {255:#b} {255:o}'
f'{1e10:g} {123456789.0:g} {0.00001:g} {1.5:g} {100000.0:g} {1000000.0:g}', f'{12345.678:e} {12345.678:.2E} {0.0:e}', f'{3:.2f}'
f'{True}', f'{True:d}', f'{True:5}', f'{None}', f'{[1, 2]}', f'{"x"!r}', f'{1 + 1=}', f'{3.0}', f'{{}}', f'{1_000_000:_}', f'{2.5:+.1f}'
f'{2.5: .1f}'
f'{0.1 + 0.2}', f'{1e16}', f'{2.675:.2f}', f'{0.125:.2f}', f'{0.375:.2f}', f'{1.005:.2f}', f'{2.5:.0f}', f'{3.5:.0f}', f'{-0.001:.2f}'
f'{1e20:.1f}', f'{1e-7:.3f}', f'{123.456:10.1f}|', f'{123.456:<10.1f}|', f'{123.456:010.1f}|', f'{-123.456:010.1f}|', f'{1234.5:012,.1f}|'
f'{1234567:020,}', f'{float("inf"):.2f}', f'{float("nan"):8.2f}', f'{1234.5:,}', f'{10**20:,}', f'{0:,}', f'{123456789:>15,}'
f'{5:c}'.isprintable()
f'{3.14159:.3}', f'{1234567.0:.3}', f'{0.0001234:.2}', f'{100.0:.3}', f'{1000.0:.3}', f'{1e5:.5}', f'{1e5:.6}', f'{1.0:.1}', f'{12.0:.2}'
f'{2.0:.1g}', f'{1e-5:.3g}', f'{123456.0:.3g}', f'{0.0:g}', f'{-0.0:.1f}', f'{15:5.1f}', f'{1:e}', f'{7:%}', f'{2:g}', f'{10 ** 17:g}'
f'{"hello":.3}', f'{"hello":10.3}|', f'{5:{3}}', f'{3.14159:{8}.{2}f}', f'{"a" "b"}', f'a{1}b{2}c', f'{"x":05}', f'{1:05}', f'{-1:+05}'
f'{1.5:08}', f'{12:^+8}', f'{12:*=+8}', f'{12: }', f'{1e100}', f'{"é":>3}', f"{'nested'}" f'{1}', f'{(lambda x: x * 2)(3)}'
f'{ {1: 2}[1] }', f'{[x for x in range(3)]}', f'{1 if True else 2}', f'{5 != 4}', f'{"a:b"}'
'%d items' % 5, '%s' % 'x', '%.2f' % 3.14159, '%5d|%-5d|%05d' % (1, 2, 3), '%d%%' % 50, '%s and %s' % ('a', 'b'), '%(x)d' % {'x': 5}
'%x %X %o' % (255, 255, 8), '%e' % 12345.678, '%g' % 0.0001, '%r' % 'a', '%c' % 65, '%+d' % 5, '% d' % 5, '%d' % 3.7, '%s' % [1, 2]
'%.3s' % 'abcdef', '%*d' % (5, 42), '%i' % 7, '%10.3f|' % 3.14159, '%-10s|' % 'ab', '%#x' % 255, '%s' % None, '%.0f' % 2.5
'%s %s' % (1.0, (1,))
'{} {}'.format(1, 2), '{0} {1} {0}'.format('a', 'b'), '{x}'.format(x=5), '{:.2f}'.format(3.14159), '{:,}'.format(1234567)
'{0:>5}'.format(1), '{!r}'.format('a'), '{{}}'.format(), '{:{}}'.format(5, 10), '{0[1]}'.format([1, 2]), '{a[b]}'.format(a={'b': 3})
'{:%}'.format(0.5), '{:d}'.format(5), '{:s}'.format('a'), '{:5}|{:<5}|'.format('a', 1), '{:.1f}%'.format(12.345), '{:>10}'.format('x')
'{:e}'.format(1234.5)
'abc' 'def', r'a\nb', 'a\
b', '\x41\u0042\103\N{DIGIT ONE}', "it's", 'say "hi"', """tri'ple""", u'x', '\t'
0x1F, 0b101, 0o17, 1_000_000, 1e3, 1.5e-3, .5, 5., 1_0.0_1, 00, 0xdead_beef
(1, 2), (1,), (), [1, [2, [3]]], [*range(3), *'ab'], (*[1, 2], 3), {*[1, 2], 3}, [*[], 1], {'a': 1, **{'b': 2}}
type(1), type(1.0), type('a'), type(None), type([]), type(True), type(type), type({}), type(()), type(set()), type(1) == int
type(1.0) is float, isinstance(1, int), isinstance(True, int), isinstance(1.0, (int, float)), isinstance('a', str), issubclass(bool, int)
type(ValueError('x')), ValueError, type(range(1)), type(len), type(3).__name__
print('x'), print(), print(1, 2, sep=',', end=''), [].append(1), callable(len), callable(1), hash(5), hash(2 ** 61), hash(-1), hash(1.5)
hash(0.1), hash(2 ** 61 - 1), hash(1e300), hash(-2.5)
pow(2, 10), pow(2, 10, 1000), pow(3, -1, 7), pow(2.0, 3), pow(2, -2), pow(-3, 3, 5), pow(2, 1000, 10 ** 9 + 7), pow(10, 3, -7)
slice(1, 5), slice(None, 3), list(range(10))[slice(2, 8, 2)], [1, 2, 3].index(2), [1, 1, 2].count(1), (1, 2, 1).count(1), (1, 2).index(2)
[1, 2].copy(), next(iter([1, 2])), next(iter([]), 'end'), list(iter('ab'))
ValueError('a'), KeyError('a'), ValueError(1, 2), str(KeyError('a')), str(ValueError()), repr(ZeroDivisionError('x'))
str(ValueError('a', 1)), Exception('x').args, ...
[1, 2, 3] == [1, 2, 3.0], [] == [], [1, [2]] == [1, [2]], [1, 2] > [1], not [] and True, [None] * 2, [1, 2, 3] != [1, 2]
1 if [] else 2, [i for i in range(3)][-1], -3 ** 2, (-3) ** 2, 2 * -3, 5 - -3, 10 - 2 - 3, 2 ** -2 ** 2, not 1 == 2
1 + (2 if True else 3) * 2, 100 * (1 + 0.05) ** 3, 7 // 2 * 2 + 7 % 2
.1 + .2 - .3, 1e-10 + 1, 4.35 * 100, 1.1 * 3, 1.15 * 100, 0.07 * 100, 19.99 * 3, 33.33 * 3, 5 * 0.2, 3 * 1.1, 0.1 * 3 - 0.3, 100 * 1.1
1.1 + 2.2, 0.1 * 0.1, 200 * 0.15, 29.99 * 0.075, 1 / 7 * 7, 4.2 - 0.2, 50 * 0.3, 1200 * 0.0825, 3.6 / 1.2, 0.7 + 0.1, 0.57 * 100
25 * 0.04, 1e2, 12.5 / 100 * 80
1.05 ** 2, 1.05 ** 3, 1.05 ** 10, 1.08 ** 5, 1.1 ** 7, 1.07 ** 30, 0.9 ** 3, 0.85 ** 4, 1.02 ** 12, 1.5 ** 0.5, 2 ** 0.1, 2 ** (1 / 3)
27 ** (1 / 3), 8 ** (1 / 3), 10 ** 0.3, 1000 ** (1 / 3), 1.2 ** -3, 5 ** -2, 0.5 ** 10, 1.0001 ** 365, 3.7 ** 2.2, 1e-3 ** 3, 16 ** 0.25
2.5 ** 3
'''

MATH = r"""
math.pi, math.e, math.tau, math.inf, math.nan
math.sqrt(2), math.sqrt(16), math.sqrt(0), math.sqrt(2.25), math.sqrt(10 ** 20), math.cbrt(27), math.cbrt(2)
math.floor(2.7), math.floor(-2.7), math.ceil(2.1), math.ceil(-2.1), math.trunc(-2.7), math.floor(5), math.ceil(1e20), math.floor(-0.5)
math.ceil(-0.5), math.ceil(7 / 2), math.floor(True)
math.gcd(12, 18), math.gcd(), math.gcd(0, 5), math.gcd(-12, 18), math.gcd(12, 18, 9), math.lcm(4, 6), math.lcm(), math.lcm(3, 0)
math.lcm(2, 3, 4), math.gcd(2 ** 70, 6 ** 20)
math.factorial(0), math.factorial(5), math.factorial(20), math.factorial(25), math.comb(5, 2), math.comb(2, 5), math.comb(50, 25)
math.comb(100, 3), math.perm(5, 2), math.perm(5), math.perm(2, 5), math.perm(10, 10), math.comb(5, 0)
math.isqrt(17), math.isqrt(10 ** 30), math.isqrt(0), math.prod([1, 2, 3]), math.prod([]), math.prod([0.5, 4]), math.prod([2], start=3)
math.fsum([0.1] * 10), math.fsum([1e16, 1, -1e16]), math.fsum([])
math.log(10), math.log(2), math.log(8, 2), math.log(100, 10), math.log(1000, 10), math.log10(1000), math.log2(8), math.log(math.e)
math.log(1), math.log1p(1e-10), math.log(3, 7), math.log10(2), math.log2(3), math.log(0.5), math.log(10 ** 400), math.log2(2 ** 2000)
math.log10(10 ** 400), math.log(125, 5), math.log(2 ** 64)
math.exp(1), math.exp(0), math.exp(-1), math.exp(2.5), math.exp(0.05), math.exp(10), math.expm1(1e-10), math.exp(-745), math.exp(0.07 * 3)
math.sin(0), math.sin(1), math.cos(0), math.cos(1), math.tan(1), math.sin(math.pi), math.cos(math.pi / 2), math.tan(math.pi / 4)
math.sin(math.pi / 6), math.cos(math.pi / 3), math.sin(math.radians(30)), math.cos(math.radians(60)), math.tan(math.radians(45))
math.sin(100), math.tan(math.radians(60))
math.asin(1), math.acos(0), math.atan(1), math.atan2(1, 2), math.atan2(-1, -1), math.degrees(math.pi), math.radians(180), math.degrees(1)
math.radians(45), math.asin(0.5), math.acos(0.5), math.degrees(math.atan(0.75)), math.degrees(math.acos(0.6)), math.atan2(0, -1)
math.sinh(1), math.cosh(1), math.tanh(1), math.hypot(3, 4), math.hypot(1, 1), math.hypot(1, 2, 3), math.dist((0, 0), (3, 4))
math.dist([1, 2], [4, 6.5])
math.pow(2, 3), math.pow(2, 0.5), math.pow(1.05, 10), math.fabs(-3), math.fmod(7, 3), math.fmod(-7, 3), math.copysign(1, -0.0)
math.modf(3.25), math.modf(-3.25), math.isclose(0.1 + 0.2, 0.3), math.isclose(1, 1.1), math.isclose(1, 1.05, rel_tol=0.1)
math.isclose(0, 1e-10, abs_tol=1e-9), math.isnan(math.nan), math.isinf(math.inf), math.isfinite(1), math.isfinite(math.inf)
math.pi * 5 ** 2, 4 / 3 * math.pi * 3 ** 3, 2 * math.pi * 7, math.sqrt(3) / 4 * 6 ** 2, math.sqrt(5 ** 2 + 12 ** 2), math.ceil(10 / 3)
round(math.sqrt(50), 2), math.pi.is_integer(), 1000 * math.exp(0.05 * 10), math.log(2) / math.log(1.07)
F(1, 3), F(1, 3) + F(1, 6), F(3, 4) * 2, F(1, 2) + 0.5, F(6, 4), F('3/4'), F('0.125'), F(0.5), F(2), F(-1, 3), F(1, -3), F(7, 2) // 1
F(7, 2) % 1, F(1, 2) ** 2, F(1, 2) ** -2, 2 ** F(2), F(1, 3) < F(1, 2), F(1, 2) == 0.5, str(F(3, 4)), str(F(4, 2)), F(3, 4).numerator
F(3, 4).denominator, int(F(7, 2)), float(F(1, 3)), round(F(7, 2)), round(F(10, 3), 2), abs(F(-1, 2)), -F(1, 2), F(1, 3) / F(2, 3)
1 / F(3), sum([F(1, 2), F(1, 3)]), F(3.14159).limit_denominator(100), math.floor(F(7, 2)), math.ceil(F(7, 2)), F(F(1, 2), 3)
F(1, 4) ** 0.5, F('-1.5e2'), hash(F(1, 2)) == hash(0.5), divmod(F(7, 2), 1), F() + 1, max(F(1, 2), 0.3)
"""

LIBRARIES = r"""
list(itertools.permutations([1, 2, 3])), list(itertools.permutations('abc', 2)), list(itertools.combinations([1, 2, 3, 4], 2))
list(itertools.product([1, 2], 'ab')), list(itertools.product([0, 1], repeat=3)), list(itertools.combinations_with_replacement('ab', 2))
list(itertools.permutations([], 0)), list(itertools.permutations([1], 2)), list(itertools.combinations([], 0)), list(itertools.product())
list(itertools.accumulate([1, 2, 3])), list(itertools.accumulate([1, 2, 3], lambda a, b: a * b))
list(itertools.accumulate([1], initial=5)), list(itertools.chain([1], [2, 3])), list(itertools.islice(itertools.count(5), 3))
list(itertools.islice('abcdef', 1, 5, 2)), list(itertools.takewhile(lambda x: x < 3, range(10)))
list(itertools.dropwhile(lambda x: x < 3, range(5))), list(itertools.repeat(1, 3)), list(itertools.zip_longest([1, 2], [3], fillvalue=0))
list(itertools.starmap(pow, [(2, 3), (3, 2)])), list(itertools.pairwise([1, 2, 3])), list(itertools.islice(itertools.cycle('ab'), 5))
len(list(itertools.permutations(range(6)))), sum(1 for _ in itertools.combinations(range(10), 5))
functools.reduce(lambda a, b: a * b, [1, 2, 3, 4]), functools.reduce(lambda a, b: a + b, [], 0), functools.partial(pow, 2)(5)
functools.reduce(math.gcd, [12, 18, 24]), functools.reduce(operator.mul, range(1, 6))
collections.Counter('hello'), collections.Counter([1, 1, 2]).most_common(1), collections.Counter('aab')['a']
collections.Counter('a')['z'], collections.Counter('ab') + collections.Counter('bc')
collections.Counter('aab') - collections.Counter('ab'), dict(collections.Counter('aab')), sorted(collections.Counter('ba').elements())
collections.Counter(), sum(collections.Counter('abc').values()), collections.Counter(a=2, b=1)
collections.Counter('abcabc') == collections.Counter('aabbcc'), collections.Counter([3, 1, 3]).total()
collections.deque([1, 2]), list(collections.deque([1, 2, 3], maxlen=2)), collections.deque([1], maxlen=3), len(collections.deque())
collections.defaultdict(int), collections.defaultdict(list, {'a': [1]})
statistics.mean([1, 2, 3, 4]), statistics.mean([1, 2, 3]), statistics.mean([1.5, 2.5]), statistics.median([3, 1, 2])
statistics.median([4, 1, 2, 3]), statistics.mode([1, 1, 2]), statistics.stdev([1, 2, 3, 4]), statistics.pstdev([1, 2, 3, 4])
statistics.variance([1, 2, 3, 4]), statistics.pvariance([1, 2, 3, 4]), statistics.mean([0.1, 0.2, 0.3])
statistics.median_low([1, 2, 3, 4]), statistics.multimode('aabbc'), statistics.fmean([1, 2, 4]), statistics.pvariance([1, 2, 3])
statistics.stdev([2.5, 3.5, 8.1]), statistics.mode('hello'), statistics.median([1, 2]), statistics.variance([2, 2])
statistics.mean([F(1, 2), F(1, 3)])
datetime.date(2024, 2, 29), datetime.date(2024, 3, 1) - datetime.date(2024, 2, 1)
(datetime.date(2024, 3, 1) - datetime.date(2023, 3, 1)).days, datetime.date(2024, 1, 31) + datetime.timedelta(days=30)
datetime.date(2024, 1, 1).weekday(), datetime.date(2024, 1, 1).strftime('%A %B %d, %Y'), str(datetime.date(2024, 1, 1))
datetime.datetime(2024, 1, 1, 10, 30), str(datetime.datetime(2024, 1, 1, 10, 30))
datetime.datetime(2024, 1, 1, 10, 30).strftime('%H:%M %p %I'), datetime.timedelta(hours=5), str(datetime.timedelta(hours=25, minutes=3))
datetime.timedelta(hours=1.5).total_seconds(), datetime.timedelta(days=1) / 2
datetime.timedelta(hours=3) // datetime.timedelta(minutes=50), datetime.timedelta(hours=3) / datetime.timedelta(minutes=90)
datetime.timedelta(0), datetime.timedelta(seconds=-1), str(datetime.timedelta(seconds=-1)), datetime.timedelta(minutes=90).seconds
datetime.datetime(2024, 1, 1) - datetime.timedelta(hours=1), datetime.timedelta(weeks=1, days=2) * 2, datetime.date(2024, 5, 5).year
datetime.date(2020, 1, 1) < datetime.date(2021, 1, 1), datetime.date(2024, 1, 5).isoweekday()
datetime.datetime(2024, 5, 5, 1, 2, 3).isoformat(), datetime.date(2024, 2, 3).replace(day=5), datetime.date(2024, 2, 3).toordinal()
datetime.timedelta(milliseconds=1500), datetime.timedelta(days=1.5), abs(datetime.timedelta(days=-1))
datetime.datetime.strptime('8:30 AM', '%I:%M %p'), datetime.datetime.strptime('2024-03-05 17:45', '%Y-%m-%d %H:%M')
datetime.datetime.strptime('March 5, 2024', '%B %d, %Y').weekday(), datetime.datetime(2024, 1, 2, 3).date()
f'{datetime.date(2024, 1, 2):%Y/%m/%d}', datetime.timedelta(hours=2) > datetime.timedelta(minutes=110), -datetime.timedelta(hours=1)
"""

ERRORS = r"""
1 / 0
1 // 0
1 % 0
1.0 / 0
1.5 // 0
1.5 % 0
divmod(1, 0)
divmod(1.5, 0)
0 ** -1
0.0 ** -2
10.0 ** 400
2 ** 5000 * 1.0
10 ** 400 / 3
float(10 ** 400)
int(float('inf'))
int(float('nan'))
round(float('nan'))
int('abc')
int('1.5')
int('')
int(None)
int([1])
int('12', 1)
float('abc')
float('')
float([1])
float(None)
'a' + 1
1 + 'a'
[1] + 1
[1] + (1,)
None + 1
{} + {}
'a' - 'b'
'a' * 'b'
[1] * 1.5
None * 2
{} * 2
'a' / 2
[1] - [1]
-'a'
~1.5
+[]
'a' < 1
None > 1
[1] < (1,)
{} < {}
max(1, 'a')
sorted([1, 'a', 2])
min([])
max()
max(5)
sum(['a'])
sum(['a'], '')
sum(5)
len(5)
abs('a')
round('a')
round(1.5, 'a')
chr(-1)
ord('ab')
ord(5)
[1, 2][5]
[1, 2]['a']
(1, 2)[5]
'abc'[10]
'abc'['a']
{}['a']
{'a': 1}[('b', 1)]
5[0]
None[0]
[].pop()
[1].pop(5)
[1].remove(2)
[1].index(2)
(1,).index(2)
'a'.index('b')
{1}.remove(2)
set().pop()
{}.popitem()
{}.pop('a')
undefined_name
undefined_function(1)
(5).foo
'a'.foo
[].foo
None.foo
{}.foo
math.foo
math.sqrt(-1)
math.log(0)
math.log(-1)
math.log10(0)
math.sqrt('a')
math.factorial(-1)
math.factorial(2.5)
math.comb(-1, 2)
math.gcd(1.5, 2)
math.exp(1000)
math.pow(10, 400)
math.acos(2)
math.isqrt(-1)
math.fmod(1, 0)
math.sqrt()
math.sqrt(1, 2)
math.log(2, 1)
math.floor(float('inf'))
math.ceil('a')
[[]] in {1: 2}
{[]: 1}
{[1]}
hash([])
hash({})
set([[]])
5()
'a'()
None()
len()
len(1, 2)
[].append()
[].append(1, 2)
isinstance(1)
isinstance(1, 5)
range(1.5)
range('a')
range(1, 10, 0)
list(5)
[*5]
dict([1])
dict([(1, 2, 3)])
'a'.join([1])
'a'.join(5)
'{}'.format()
'{a}'.format()
'{'.format()
'}'.format()
'%d' % 'a'
'%d %d' % 1
'%d' % (1, 2)
'%f' % 'a'
'%z' % 1
f'{1.5:d}'
f'{"a":.2f}'
f'{"a":d}'
f'{5:.2d}'
f'{None:5}'
f'{[1]:5}'
f'{5:q}'
f'{5.5:x}'
f'{"a":,}'
f'{"a":=5}'
next(iter([]))
next([1])
iter(5)
reversed(5)
zip(1)
enumerate(5)
(lambda x: x)()
(lambda x: x)(1, 2)
(lambda x, y: x)(y=1)
(lambda x: x)(z=1)
(lambda x: x)(1, x=2)
(lambda *, a: a)()
(lambda x, y, z: x)()
(lambda: 0)(1, 2, 3)
(lambda a, b=1: a)(1, 2, 3)
a, b = 1
[x for x in 5]
1 << -1
2 ** 100000 % 0
pow(2, 3, 0)
pow(2, -1, 4)
pow(2.5, 3, 4)
1 in 5
'a' in 5
5 in 'abc'
int(10 ** 5000)
str(10 ** 5000)
F(1, 0)
F('abc')
F(1, 2) + 'a'
F(1.5, 2)
statistics.mean([])
statistics.median([])
datetime.date(2023, 2, 29)
datetime.date(2023, 13, 1)
datetime.date(2023, 1, 1) + 5
datetime.date(2023, 1, 1) - 5
datetime.datetime.strptime('abc', '%H:%M')
functools.reduce(lambda a, b: a, [])
'abc'.split('')
'abc'.center('a')
'a'.zfill()
'abc'.replace('a')
[1, 2, 3][::0]
[3, 1].sort(5)
sorted([1], 5)
'abc' * 2.0
[1, 2] == undefined
not undefined
True + 'a'
1 + None
2 - '1'
'x' + None
3 * None
'5' * '4'
[1, 2] / 2
round('3.7')
abs(None)
max(None)
sum([1, 'a'])
sum([1, None])
int('5 apples')
float('$5')
int('3/4')
'5' > 3
[1, 2] + 'a'
(1, 2) + [3]
len(None)
math.floor(None)
math.sqrt(None)
'abc'.upper(1)
'a'.startswith(1)
{1: 2}.get()
{1, 2}[0]
{1, 2} + {3}
range(3)['a']
range(3)[5]
print(1, sep=1)
sorted(None)
min(1)
any(5)
all(None)
tuple(5)
set(5)
list(None)
'%s %s' % 'a'
'a' 5
1 +
(1
]
x = = 2
5 = x
def
for
if True
lambda x
f'{'
f'{}'
'abc
1__0
0123
$5
a b
print 'x'
"""

PROGRAMS = r'''
def solution():
    """James has 3 boxes. How many?"""
    boxes = 3
    items_per_box = 12.5
    total = boxes * items_per_box
    result = total
    return result
---
import math

def solution():
    radius = 7
    area = math.pi * radius ** 2
    return round(area, 2)
---
def solution():
    total = 0
    for i in range(1, 11):
        if i % 2 == 0:
            continue
        if i > 7:
            break
        total += i
    else:
        total = -1
    return total
---
def solution():
    n = 27
    steps = 0
    while n != 1:
        n = n // 2 if n % 2 == 0 else 3 * n + 1
        steps += 1
    return steps
---
def fib(n):
    return n if n < 2 else fib(n - 1) + fib(n - 2)

def solution():
    return fib(15)
---
def solution():
    def fact(n):
        if n <= 1:
            return 1
        return n * fact(n - 1)
    return fact(50)
---
def solution():
    a, b = 1, 2
    a, b = b, a
    (c, d), e = (3, 4), 5
    [f, *g] = [6, 7, 8]
    *h, i = 'abc'
    x = y = z = 0
    return a, b, c, d, e, f, g, h, i, x, y, z
---
def solution():
    counter = 0
    def inc(by=1):
        nonlocal counter
        counter += by
        return counter
    inc(); inc(5)
    return counter
---
COUNT = 10
def solution():
    global COUNT
    COUNT += 5
    return COUNT
---
COUNT = 10
def solution():
    COUNT += 5
    return COUNT
---
def solution():
    print(x)
    x = 5
---
def solution():
    def inner():
        return y
    z = inner()
    y = 1
    return z
---
def solution():
    try:
        return 1 / 0
    except ZeroDivisionError as e:
        return str(e)
    finally:
        pass
---
def solution():
    try:
        int('x')
    except (TypeError, ValueError) as e:
        r = repr(e)
    try:
        return e
    except NameError as err:
        return r, str(err), type(err).__name__
---
def solution():
    out = []
    for i in range(3):
        try:
            if i == 1:
                continue
            out.append(i)
            if i == 2:
                raise ValueError('two')
        except ValueError as e:
            out.append(str(e))
        else:
            out.append('ok')
        finally:
            out.append('f')
    return out
---
def solution():
    def f():
        try:
            return 'a'
        finally:
            return 'b'
    def g():
        for i in range(3):
            try:
                return i
            finally:
                if i == 0:
                    continue
        return 'end'
    def h():
        while True:
            try:
                break
            finally:
                x = 1
        return x
    return f(), g(), h()
---
def solution():
    try:
        try:
            raise KeyError('k')
        except KeyError:
            raise
    except Exception as e:
        return type(e).__name__, str(e), e.args
---
def solution():
    raise ValueError('bad', 5)
---
def solution():
    raise NotImplementedError
---
def solution():
    assert 1 == 2, 'not equal'
---
def solution():
    assert False
---
def solution():
    raise 5
---
def solution():
    raise
---
def solution():
    try:
        raise ValueError('a') from None
    except TypeError:
        return 1
---
def solution():
    try:
        [][1]
    except LookupError:
        return 'lookup'
---
def solution():
    try:
        undefined
    except:
        return 'caught'
---
def solution():
    x = [1, 2, 3, 4, 5]
    x[1:3] = [9]
    x[0] += 10
    del x[-1]
    x.append(7); x.extend([8, 9]); x.insert(0, 'a'); x.insert(100, 'z'); x.insert(-1, 'y')
    x.remove(9)
    p = x.pop(); q = x.pop(0)
    x.reverse()
    y = x.copy(); y.clear()
    return x, p, q, y
---
def solution():
    x = [5, 2, 8]
    x.sort()
    y = sorted(x, key=lambda v: -v)
    x.sort(reverse=True)
    return x, y, x.sort()
---
def solution():
    x = list(range(10))
    x[::2] = [0] * 5
    del x[1::4]
    x[2:2] = [7, 7]
    return x
---
def solution():
    d = {'a': 1}
    d['b'] = 2
    d['a'] += 5
    d.update({'c': 3}, d=4)
    d.setdefault('e', []).append(1)
    x = d.pop('b')
    del d['c']
    y = d.popitem()
    out = []
    for k, v in d.items():
        out.append((k, v))
    return d, x, y, out, 'a' in d, list(d), len(d)
---
def solution():
    d = {}
    for w in 'the cat the dog'.split():
        d[w] = d.get(w, 0) + 1
    best = max(d, key=d.get)
    return d, best, sorted(d.items(), key=lambda kv: (-kv[1], kv[0]))
---
def solution():
    d = {1: 2}
    for k in d:
        d[k + 1] = 0
    return d
---
def solution():
    s = {1, 2}
    s.add(3); s.discard(9); s.remove(1)
    s |= {7}; s &= {2, 3, 7}; s -= {2}; s ^= {3, 4}
    t = set(s)
    t.update([1], (2,))
    return s, t, s < t, s.isdisjoint([0])
---
def solution():
    def gen(n):
        for i in range(n):
            got = yield i * i
            if got is not None:
                return
        return 'done'
    def outer():
        r = yield from gen(3)
        yield r
    return list(gen(4)), list(outer()), sum(gen(5)), next(gen(1))
---
def solution():
    def fib():
        a, b = 0, 1
        while True:
            yield a
            a, b = b, a + b
    out = []
    for x in fib():
        if x > 50:
            break
        out.append(x)
    return out
---
def solution():
    def g():
        try:
            yield 1
            raise ValueError('x')
        except ValueError:
            yield 2
        finally:
            yield 3
    it = g()
    a = [next(it), next(it), next(it)]
    try:
        next(it)
    except StopIteration:
        a.append('stop')
    return a
---
def solution():
    fs = [lambda: i for i in range(3)]
    gs = [lambda i=i: i for i in range(3)]
    return [f() for f in fs], [g() for g in gs]
---
def make(n):
    def add(x):
        return x + n
    return add
def solution():
    return make(3)(4), [make(k)(1) for k in range(3)]
---
def f(a, b=2, *args, c, d=4, **kw):
    return a, b, args, c, d, kw
def solution():
    return f(1, c=3), f(1, 2, 3, 4, c=5, e=6), f(*[1, 2], **{'c': 3, 'z': 1}), f(1, *(), c=0, **{})
---
def f(a, b, /, c, *, d):
    return a + b + c + d
def solution():
    return f(1, 2, c=3, d=4)
---
def f(a, b, /):
    return a
def solution():
    return f(1, b=2)
---
def f(a, b):
    return a
def solution():
    return f(1, 2, 3)
---
def solution():
    def f(a, b, c):
        return a
    return f(1)
---
def f(x, acc=[]):
    acc.append(x)
    return acc
def solution():
    f(1)
    return f(2)
---
def solution(x=5):
    return x
---
def solution(x):
    return x
---
solution = 5
---
x = 1
---
solution = lambda: 42
---
def solution():
    pass
---
def solution():
    return
---
def solution():
    x: int = 5
    y: float
    total: float = x * 2.0
    return total
---
def solution(a: int = 3, b: 'str' = 'x') -> int:
    return a
---
from typing import List, Dict, Optional
def helper(xs: List[int], m: Dict[str, int] = None) -> Optional[int]:
    return sum(xs)
def solution() -> int:
    return helper([1, 2, 3])
---
def f(x: Undefined):
    return x
def solution():
    return f(1)
---
from math import *
from math import sqrt as root, pi
import math as m, itertools
def solution():
    return floor(2.5), root(4), m.ceil(1.2), pi, list(itertools.chain('a', 'b'))
---
def solution():
    import math
    from fractions import Fraction
    return math.sqrt(16) + Fraction(1, 2)
---
def solution():
    out = []
    for x in {22, 34, 141, 197, 13, 36}:
        out.append(x)
    return out, [x for x in {47, 76, 65, 19, 170}], [x for x in {9, 1}], list({22, 34, 141, 197, 13, 36})
---
def solution():
    return (5).get(1 / 0)
---
from datetime import date, timedelta
def solution():
    day = date(2024, 11, 25)
    return '%s and %s' % (day, timedelta(hours=1)), '%s' % day, day - timedelta(hours=362), day + timedelta(hours=-1)
---
from fractions import Fraction
def solution():
    half = Fraction(1, 2)
    return '%s' % half, '%d' % half, f'{half}', round(half, 1), [half] == [0.5]
---
def solution():
    x = None
    try:
        x |= None
    except TypeError as e:
        return str(e)
---
def solution():
    x = 0.5
    x |= 0.5
---
from math import nothing
def solution():
    return 1
---
def solution():
    if (n := 10) > 5:
        return n
---
def solution():
    data = [y for x in range(5) if (y := x * 2) > 3]
    return data, y
---
def solution():
    x = 5;  y = 6
    if x > y: return 'a'
    elif x == y: return 'b'
    else: return 'c'
---
def solution():
    total = (1 +
             2 +
             3)
    more = 1 + \
        2
    return total, more
---
def solution():
	x = 1
	if x:
		x = 2
	return x
---
def solution():
    x = 1
      y = 2
    return x
---
def solution():
return 1
---
def solution():
    if True:
        x = 1
   y = 2
    return x
---
def solution():
    x = 1
	y = 2
    return x
---
def solution():
    break
---
return 5
---
def solution():
    x = 10
    x += 5; x -= 3; x *= 2; x //= 5; x **= 3; x %= 50; x <<= 2; x >>= 1; x |= 1; x &= 0xFF; x ^= 3
    y = 10
    y /= 4
    return x, y
---
def solution():
    s = ''
    for ch in 'hello':
        s = ch + s
    t = 'abc'
    t *= 2
    t += '!'
    return s, t
---
def solution():
    a = b = [1]
    a += [2]
    c = d = (1,)
    c += (2,)
    return b, d
---
def solution():
    m = [[0] * 3 for _ in range(2)]
    m[0][1] = 5
    n = [[0] * 2] * 2
    n[0][0] = 1
    t = list(zip(*[[1, 2], [3, 4]]))
    return m, n, t, [list(r) for r in zip(*m)]
---
def solution():
    a = [1]
    a.append(a)
    d = {}
    d['self'] = d
    return a, d
---
def is_prime(n):
    if n < 2:
        return False
    for i in range(2, int(n ** 0.5) + 1):
        if n % i == 0:
            return False
    return True
def solution():
    return [n for n in range(50) if is_prime(n)], sum(1 for n in range(1000) if is_prime(n))
---
def solution():
    from collections import defaultdict, Counter, deque
    d = defaultdict(list)
    for k, v in [('a', 1), ('b', 2), ('a', 3)]:
        d[k].append(v)
    q = deque([1, 2, 3])
    q.append(4); q.appendleft(0); q.popleft(); q.pop(); q.rotate(1)
    return d, q, Counter('abca').most_common(2), d['zz'], len(d), list(d.items())
---
def solution():
    memo = {}
    def ways(n):
        if n in memo:
            return memo[n]
        if n <= 1:
            return 1
        memo[n] = ways(n - 1) + ways(n - 2)
        return memo[n]
    return ways(100)
---
def solution():
    def rec(n):
        return rec(n + 1)
    try:
        rec(0)
    except RecursionError as e:
        return 'deep'
---
def solution():
    def rec(n):
        return 0 if n == 0 else 1 + rec(n - 1)
    return rec(900)
---
def solution():
    price = 19.99
    quantity = 3
    discount = 0.15
    tax = 0.0825
    subtotal = price * quantity
    total = subtotal * (1 - discount) * (1 + tax)
    return f"Total: ${total:,.2f} ({quantity} items at ${price:.2f})", total
---
if __name__ == '__main__':
    print(solution())
def solution():
    return __name__ == '__main__'
---
# comment only
def solution():  # trailing
    # inside
    return 1  # end
# after
---
def solution():
    s = """line one
    line two"""
    return s.split('\n')
---
def solution():
    x = 5
    del x
    return x
---
def solution():
    return [1, 2, 3
---
def solution()
    return 1
---
def solution():
    x = 5
    x = x++
    return x
---
def solution():
    return 5 apples
---
solution():
    return 1
---
def solution():
    return None is None, 1 is not None, 5 in (1, 5), not 5 in (1, 5)
---
def solution():
    i = 0
    while i < 5:
        i += 1
        if i == 3:
            break
    else:
        i = 100
    while i > 0:
        i -= 1
    else:
        i = 'done'
    return i
---
def solution():
    for i in range(3):
        pass
    for j in []:
        pass
    try:
        return i, j
    except UnboundLocalError as e:
        return str(e)
---
def solution():
    items = ['a', 'b']
    for i, (x, y) in enumerate(zip(items, [1, 2]), start=1):
        items.append(i) if i < 2 else None
    return items, i, x, y
---
def solution():
    a = [3, 1, 2]
    for x in a:
        if x == 1:
            a.remove(x)
    return a
---
def solution():
    return sorted([5, 3, 8, 1], key=lambda x: (x % 2, -x)), sorted('bca', reverse=True), max([(1, 'b'), (1, 'a')]), min({3: 'x', 1: 'y'})
---
def solution():
    x = 10
    def f():
        x = 20
        def g():
            nonlocal x
            x += 1
            return x
        return g(), x
    return f(), x
---
def solution():
    nonlocal z
    return 1
---
def f():
    x = 1
    global x
def solution():
    return 1
---
def solution():
    lo, hi = 0, 100
    while lo < hi:
        mid = (lo + hi) // 2
        if mid * mid >= 2000:
            hi = mid
        else:
            lo = mid + 1
    return lo
---
def solution():
    amount = 1000
    for year in range(10):
        amount *= 1.05
    return amount, round(amount, 2), int(amount), amount // 1, amount % 1
---
def solution():
    digits = str(2 ** 100)
    return sum(int(d) for d in digits), len(digits), digits[::-1], digits.count('1')
---
def solution():
    x = 0.1
    total = 0
    for _ in range(10):
        total += x
    return total, total == 1.0, abs(total - 1.0) < 1e-9
---
def solution():
    try:
        x = 1
        raise Exception('a')
    except Exception as e:
        x = e
    return x
---
def solution():
    class A:
        pass
    return 1
'''


def outcome(source):
    """What CPython makes of a program: ('OK', type, repr) or ('ERROR', 'exception: message')."""
    namespace = {}
    try:
        with contextlib.redirect_stdout(io.StringIO()):
            exec(compile(source, "<program>", "exec", dont_inherit=True), namespace)
            if "solution" not in namespace:
                raise NameError("name 'solution' is not defined")
            result = namespace["solution"]()
        return "OK", type(result).__name__, repr(result)
    except BaseException as e:
        message = str(e)
        return "ERROR", type(e).__name__ + (": " + message if message else "")


IMPORTS = "import math, itertools, functools, operator, collections, statistics, datetime\n" "from fractions import Fraction as F\n"


def items(text):
    """The expressions of a line apart: CPython itself finds the commas."""
    import ast

    for line in text.strip("\n").replace("\\\n", "\0").split("\n"):
        line = line.replace("\0", "\\\n")
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                tree = ast.parse("[" + line + "\n]", mode="eval").body
            parts = [ast.get_source_segment("[" + line + "\n]", e) for e in tree.elts]
            parts = ["(" + p + ")" if isinstance(e, (ast.NamedExpr, ast.GeneratorExp)) else p for p, e in zip(parts, tree.elts)]
        except SyntaxError:
            parts = [line]
        yield parts


def expressions():
    for text in (EXPRESSIONS, MATH, LIBRARIES):
        for parts in items(text):
            prefix = IMPORTS if text is not EXPRESSIONS else ""
            if any(":=" in p for p in parts):
                parts = ["[" + ", ".join(parts) + "]"]
            for part in parts:
                yield prefix + "def solution():\n    return " + part + "\n"
    for line in ERRORS.strip("\n").split("\n"):
        prefix = IMPORTS if any(m in line for m in ("math.", "F(", "statistics.", "datetime.", "functools.")) else ""
        statement = line if line.startswith("a, b =") else "return " + line
        yield prefix + "def solution():\n    " + statement + "\n"


def number(r):
    return r.choice(
        [
            str(r.randint(0, 12)),
            str(r.randint(1, 1000)),
            str(r.randint(-50, 50)),
            f"{r.uniform(0, 100):.2f}",
            f"{r.uniform(0, 1):.3f}",
            f"0.{r.randint(1, 99):02d}",
            str(r.randint(10**5, 10**12)),
            f"{r.randint(1, 9)}e{r.randint(-8, 20)}",
        ]
    )


def arithmetic(r, names, depth):
    """A random arithmetic expression over numbers and names."""
    if depth == 0 or r.random() < 0.2:
        return r.choice(names) if names and r.random() < 0.6 else number(r)
    a, b = arithmetic(r, names, depth - 1), arithmetic(r, names, depth - 1)
    kind = r.random()
    if kind < 0.75:
        return f'({a} {r.choice(["+", "-", "*", "/", "//", "%", "+", "-", "*"])} {b})'
    if kind < 0.80:
        return f'({a} ** {r.choice(["2", "3", "0.5", "-1", "(1 / 3)", "4", "1.5", "7"])})'
    if kind < 0.92:
        return r.choice(
            [
                "round(@, 2)",
                "round(@)",
                "int(@)",
                "abs(@)",
                "float(@)",
                "round(@, 1)",
                "math.floor(@)",
                "math.ceil(@)",
                "round(@, 4)",
                f"max(@, {b})",
                f"min(@, {b})",
                f"sum([@, {b}])",
                "math.sqrt(abs(@))",
                "str(@)",
                "divmod(@, 7)[1]",
                "float(f'{@:.3f}')",
            ]
        ).replace("@", a)
    return f'({a} if {b} {r.choice(["<", ">", "==", "<=", "!="])} {arithmetic(r, names, 0)} else {arithmetic(r, names, 0)})'


SPECS = [
    "",
    ".2f",
    ".0f",
    ",",
    ",.2f",
    ".1%",
    ">12",
    "<12.3f",
    "^15",
    "012.2f",
    "+.3f",
    "e",
    ".3e",
    "g",
    ".4g",
    ".10g",
    "010",
    "+,.1f",
    "_",
    " .2f",
    "*^20,.2f",
    ".3",
    ".12",
    "5",
    "=+15.1f",
]


def template(r):
    """A program in the way language models answer word problems."""
    names = []
    body = ['"""A question about some things. How many are there in total?"""']
    for i in range(r.randint(1, 6)):
        name = r.choice(["apples", "price", "total", "cost", "num_days", "rate", "hours", "remaining", "x", "share"]) + r.choice(
            ["", "", "_per_day", "_1", "_2"]
        )
        style = r.random()
        if style < 0.35 or not names:
            body.append(f"{name} = {number(r)}")
        elif style < 0.75:
            body.append(f"{name} = {arithmetic(r, names, r.randint(1, 3))}")
        elif style < 0.8:
            body.append(f"{name} = {r.choice(names)}")
            body.append(f'{name} {r.choice(["+=", "-=", "*=", "/=", "//=", "%="])} {arithmetic(r, names, 1)}')
        elif style < 0.85:
            body += [f"{name} = 0", f"for i in range({r.randint(0, 9)}):", f'    {name} += {arithmetic(r, names + ["i"], 1)}']
        elif style < 0.9:
            body += [
                f"if {r.choice(names)} > {number(r)}:",
                f"    {name} = {arithmetic(r, names, 1)}",
                "else:",
                f"    {name} = {arithmetic(r, names, 1)}",
            ]
        elif style < 0.95:
            body.append(f'{name} = sum({arithmetic(r, names + ["k"], 1)} for k in range({r.randint(0, 8)}))')
        else:
            body += [f"{name} = abs({number(r)})", f"while {name} < 40:", f"    {name} = {name} * 1.5 + 7"]
        names.append(name)
    result = arithmetic(r, names, 1) if r.random() < 0.4 else names[-1]
    if r.random() < 0.15:
        body.append(f'return f"{{{result}:{r.choice(SPECS)}}}"')
    else:
        body += [f"result = {result}", "return result"]
    return "import math\n\ndef solution():\n" + "".join(f"    {line}\n" for line in body)


def programs(templates=400):
    yield from expressions()
    for program in PROGRAMS.strip("\n").split("\n---\n"):
        yield program + "\n"
    r = random.Random(2024)
    for _ in range(templates):
        yield template(r)


def main():
    warnings.simplefilter("ignore")
    assert sys.version_info[:2] == (3, 11), "the expected outcomes are those of CPython 3.11"
    for program in programs():
        fields = [f.replace("\\", "\\\\").replace("\n", "\\n").replace("\t", "\\t") for f in outcome(program)]
        print("#> " + "\t".join(fields))
        print(program, end="")


if __name__ == "__main__":
    main()
