package io.reft.python;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.reft.python.Outcome.Kind;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Programs that want too much, or want out: each ends soon, within its memory, on a small stack, and never by an exception. */
class HostileProgramTest {
    /** A twentieth of the usual steps, so that the test is short. */
    private static final Limits LIMITS = new Limits(Long.getLong("reft.test.steps", 1_000_000), 64L << 20, 1000, 1 << 20, 1 << 16);
    /** Processor time that a program may take, with a machine in mind that is just starting. */
    private static final long MILLISECONDS = 4000;

    /** One line is one program's body; {@code |} stands for a new line, {@code >} for four spaces. */
    private static final String BODIES = """
            return 2 ** 10 ** 10
            return 10 ** 10 ** 10 % 7
            x = 3|while True:|>x = x * x
            return 'a' * 10 ** 9
            return 'ab' * 10 ** 18
            return [0] * 10 ** 9
            return (0,) * 10 ** 10
            return [[0] * 10 ** 5 for _ in range(10 ** 5)]
            return sum(range(10 ** 12))
            return max(range(10 ** 15))
            return list(range(10 ** 9))
            return set(range(10 ** 9))
            return sorted(range(10 ** 8))
            return dict.fromkeys(range(10 ** 9))
            return len(str(10 ** 100000))
            return 10 ** 5000
            return int('9' * 5000)
            return int('f' * 10 ** 7, 16)
            return f'{1:1000000000}'
            return f'{1.5:.1000000000f}'
            return f'{1:{10 ** 12}}'
            return f'{"a":>99999999999999999999}'
            return '%1000000000d' % 1
            return '%.1000000000f' % 1.5
            return '%*d' % (10 ** 9, 1)
            return 'a'.ljust(10 ** 9)
            return 'a'.center(10 ** 10)
            return '1'.zfill(10 ** 9)
            return '\\t'.expandtabs(10 ** 9)
            return '{:1000000000}'.format(1)
            x = 'a' * 10 ** 6|return x.replace('a', x)
            x = 'a' * 10 ** 6|return x.replace('', x)
            x = 'a' * 10 ** 6|return ','.join(x).join(x)
            x = 'ab' * 10 ** 5|y = 'a' * 10 ** 5 + 'b'|while True:|>x.find(y)
            x = 'a' * 10 ** 6|y = x.split('a')|while True:|>y = y + x.split('a')
            a = [1]|while True:|>a += a
            a = [1]|while True:|>a.extend(a)
            a = 'x'|while True:|>a += a
            a = (1,)|while True:|>a += a
            a = [1]|while True:|>a = [a, a]
            a = []|for i in range(10 ** 5):|>a = [a]|return a
            a = []|for i in range(10 ** 5):|>a = [a]|return str(a)
            a = []|for i in range(10 ** 5):|>a = (a,)|return hash(a)
            a = []|b = []|for i in range(10 ** 5):|>a = [a]|>b = [b]|return a == b
            a = []|b = []|for i in range(10 ** 5):|>a = [a]|>b = [b]|return a < b
            a = []|a.append(a)|b = []|b.append(b)|return a == b
            a = [1]|b = [1]|for i in range(40):|>a = [a, a]|>b = [b, b]|return a == b
            a = [1]|for i in range(40):|>a = [a, a]|return repr(a)
            a = (1,)|for i in range(60):|>a = (a, a)|return hash(a)
            def f():|>return f()|return f()
            def f():|>try:|>>return f()|>finally:|>>return f()|return f()
            def f():|>try:|>>return f()|>except RecursionError:|>>return f()|return f()
            f = lambda g: g(g)|return f(f)
            while True:|>try:|>>while True:|>>>pass|>except:|>>pass
            while True:|>try:|>>x = 'a' * 10 ** 10|>except BaseException:|>>pass|>finally:|>>continue
            def g():|>while True:|>>try:|>>>yield 1|>>finally:|>>>pass|for x in g():|>pass
            def g():|>yield from g()|return list(g())
            x = map(int, '1')|for i in range(10 ** 5):|>x = map(int, x)|return list(x)
            x = iter([1])|for i in range(10 ** 5):|>x = (y for y in x)|return list(x)
            return sorted([3, 1, 2], key=lambda x: sorted([3, 1], key=lambda y: f(y)))
            f = lambda n: max([n], key=lambda x: f(n + 1))|return f(0)
            f = lambda n: sum(f(n + 1) for _ in [1])|return f(0)
            return math.factorial(10 ** 6)
            return math.factorial(10 ** 18)
            return math.comb(10 ** 6, 5 * 10 ** 5)
            return math.comb(10 ** 18, 10 ** 17)
            return math.perm(10 ** 9, 10 ** 8)
            return math.prod(range(1, 10 ** 6))
            return math.lcm(*range(1, 10 ** 6))
            return math.gcd(*[2 ** 100000 + i for i in range(10 ** 6)])
            return math.isqrt(2 ** 1000000 + 1) % math.isqrt(3 ** 600000)
            return pow(3, 2 ** 900000, 2 ** 900001 - 1)
            return pow(7, -1, 2 ** 1000003)
            return 1 << 10 ** 12
            return 1 << 2 ** 100
            return 2 ** 1000000 >> 1 << 10 ** 6
            return round(5, -10 ** 9)
            return round(12345 ** 100, -10 ** 9)
            return hex(2 ** 10 ** 7)
            x = 2 ** 1000000|while True:|>y = x // 3 ** 300000
            x = 2 ** 500000|while True:|>x * x
            x = 0|while True:|>x += 3.7 ** 2.2
            x = 0|while True:|>x += math.sin(x) * math.log(x + 2)
            return list(itertools.permutations(range(20)))
            return list(itertools.product(range(100), repeat=10 ** 9))
            return len(list(itertools.combinations(range(60), 30)))
            return sum(1 for _ in itertools.product([0, 1], repeat=40))
            return list(itertools.repeat(1))
            return list(itertools.accumulate(itertools.count(), lambda a, b: a * b + b))
            return list(itertools.chain.from_iterable([[1]]))
            for i in itertools.cycle([1]):|>pass
            return next(x for x in itertools.count() if x < 0)
            return list(zip(*[itertools.count()] * 10 ** 7))
            return all(x >= 0 for x in itertools.count())
            return [x for x in iter(int, 1)]
            d = {}|while True:|>d[len(d)] = d
            d = {i * (2 ** 61 - 1): i for i in range(10 ** 5)}|return len(d)
            s = {i * (2 ** 61 - 1) for i in range(10 ** 5)}|return len(s)
            d = {i << 40: i for i in range(10 ** 6)}|return len(d)
            s = set()|while True:|>s.add(len(s)); s.discard(0)
            d = {}|for i in range(10 ** 7):|>d[i] = 1|>del d[i]|return d
            a = list(range(10 ** 5))|while a:|>a.pop(0); a.append(1)
            a = []|while True:|>a.insert(0, 1)
            a = list(range(10 ** 5))|while True:|>a[::2] = a[::2]
            a = list(range(10 ** 5))|while True:|>a in [a]
            a = list(range(10 ** 6))|for x in a:|>a.remove(x)|>a.append(x)
            a = [1]|for x in a:|>a.append(x)
            return collections.Counter(itertools.count())
            return collections.Counter({'a': 10 ** 12}).elements()
            return collections.deque(range(10 ** 9))
            return statistics.mean(range(10 ** 9))
            return statistics.stdev([1e308, 1e-308] * 10 ** 5)
            return math.fsum([1e308, 1e-308] * 10 ** 6)
            return F(10 ** 400000, 3) ** 1000
            x = F(1, 3)|while True:|>x = x * x + F(1, 7)
            return F('1e100000000')
            return F(1e308).limit_denominator(10 ** 400)
            return functools.reduce(lambda a, b: a * b, range(1, 10 ** 6))
            return datetime.timedelta(days=10 ** 30)
            return datetime.date(9999, 12, 31) + datetime.timedelta(days=1)
            return datetime.date(1, 1, 1).strftime('%Y' * 10 ** 8)
            print('a' * 10 ** 10)
            while True:|>print('x')
            while True:|>print([1] * 10 ** 5)
            def f(*a):|>return f(*a, *a, 1)|return f(1)
            def f(**k):|>return f(**k, **{str(len(k)): 1})|return f()
            return (lambda *a: a)(*range(10 ** 9))
            a, *b = range(10 ** 9)|return b
            x = [1] * 10 ** 6|a, b = x
            return '{0[' + '1' * 10 ** 6 + ']}'.format([1])
            return ('{' * 10 ** 5 + '}' * 10 ** 5).format(1)
            return '{:{:{}}}'.format(1, 2, 3)
            return float('1' * 10 ** 6) + float('1e' + '9' * 10 ** 6)
            x = '9' * 4000|while True:|>int(x)
            x = int('9' * 4000)|while True:|>str(x)
            return chr(10 ** 30)
            return range(10 ** 30)
            return range(-2 ** 63, 2 ** 63 - 1)
            return len(range(10 ** 18))
            return list(range(10 ** 18))[0]
            return range(10 ** 18)[::2]
            return list(enumerate(itertools.count(), 10 ** 30))
            while True:|>[].pop
            while True:|>try:|>>1 / 0|>except ZeroDivisionError:|>>pass
            while True:|>try:|>>[].pop(10 ** 5)|>except IndexError as e:|>>str(e)
            return ''.join(chr(i) for i in range(0x10ffff) if not 0xd800 <= i < 0xe000)
            return ('\\U0001F600' * 10 ** 5)[0]
            return sorted([float('nan'), 1.0] * 100)
            return ('a' * 10 ** 6).upper().lower().title().swapcase().strip('a')
            x = 'a' * 1000|while True:|>x.isalpha(); x.count('a'); x.split('a')
            return D('1' * 10 ** 7)
            return D('1e1000000') + 1
            return D(10) ** 10 ** 9
            return D('1.1') ** 4999
            return D(2 ** 1000000)
            x = D(3) / 7|while True:|>x = x * x % 1000
            x = D('9' * 4000)|while True:|>x.sqrt() + x / 7
            decimal.getcontext().prec = 10 ** 9|return D(1) / 3
            decimal.getcontext().prec = 1000|x = D(1) / 3|while True:|>x = (x + 1).sqrt()
            return f'{D(1):.100000000f}'
            return f'{D(1):>1000000000}'
            return D('1e4000').quantize(D('1e-4000'))
            return round(D(1), 10 ** 30)
            return int(D('1e5000')) ** 100
            f = functools.cache(lambda n: f(n + 1))|return f(0)
            f = functools.lru_cache(lambda n: 0)|while True:|>f([0] * 10 ** 5)
            f = functools.lru_cache(2)(lambda n: 'a' * 10 ** 6)|for i in itertools.count():|>f(i)
            f = functools.cache(lambda *a: 1)|for i in itertools.count():|>f(i, 'a' * 1000)
            f = functools.partial(pow, 3)|while True:|>f = functools.partial(f)
            f = functools.partial(dict)|for i in range(10 ** 6):|>f = functools.partial(f, **{str(i): 1})
            f = print|for i in range(10 ** 6):|>f = functools.cache(f)|return f(1)
            return functools.wraps(print)(print)(1)
            P = collections.namedtuple('P', ['a%d' % i for i in range(10 ** 6)])|return P
            P = collections.namedtuple('P', 'x')|a = P(1)|for i in range(10 ** 5):|>a = P(a)|return a
            P = collections.namedtuple('int', 'x')|return P(5)
            P = collections.namedtuple('Fraction', 'x')|return P(5)
            d = collections.OrderedDict()|while True:|>d[len(d)] = d; d.move_to_end(0, last=False)
            d = collections.OrderedDict()|d[1] = d|return d
            a = []|while True:|>heapq.heappush(a, a)
            a = [1]|while True:|>heapq.heappush(a, 1)
            a = list(range(10 ** 5))|while True:|>heapq.heapify(a)
            return heapq.nlargest(10 ** 9, itertools.count())
            a = [0]|while True:|>bisect.insort(a, 0)
            a = [1]|for i in range(60):|>a = [a, a]|return copy.deepcopy(a) == a
            a = []|a.append(a)|return copy.deepcopy(a)
            a = []|for i in range(10 ** 5):|>a = [a]|return copy.deepcopy(a)
            a = [[0] * 10 ** 4]|while True:|>a = a + copy.deepcopy(a)
            return [list(g) for k, g in itertools.groupby(itertools.count())]
            return [k for k, g in itertools.groupby(itertools.repeat(1))]
            return list(itertools.compress(itertools.count(), itertools.repeat(0)))
            return list(itertools.filterfalse(None, itertools.count(1)))
            a = 1|for i in range(10 ** 5):|>a = [a]|match a:|>case [[[x]]]:|>>return len(x)
            a = list(range(10 ** 6))|while True:|>match a:|>>case [x, *y]:|>>>pass
            match range(10 ** 15):|>case [*x]:|>>return x
            match itertools.count():|>case [*x]:|>>return x
            return [1].__class__.__base__.__subclasses__()
            return (lambda: 0).__globals__
            return print.__self__
            return operator.attrgetter('__class__.__mro__')(1)
            return '{0.__class__.__mro__}'.format(1)
            return f'{(1).__class__}'
            return type(1).mro()
            return type('X', (), {})
            return F.__init__
            return (x for x in [1]).gi_frame
            return operator.itemgetter(*range(10 ** 8))
            return str.join
            return print
            return f
            return math
            return (x for x in [1])
            return {'a', 'b'}
            return {1: {None, 2}}
            return pow(3 ** 300000, -1, 7 ** 150000)
            return pow(3 ** 200000, -1, 2 ** 300000)
            x = F(3 ** 41000, 7 ** 23000)|return x.limit_denominator(10 ** 1000)
            x = 3 ** 60000|while True:|>round(x, -100)
            x = 3 ** 600000|while True:|>round(x, -200000)
            x = 3 ** 600000|y = 3 ** 600000 + 0|while True:|>x == y; x < y; x is y + 1
            x = 3 ** 600000|y = 7 ** 150000|while True:|>x / y
            x = F(3 ** 300000, 2)|y = F(3, 2 ** 400000)|while True:|>x < y; x == y
            return F(3 ** 600000, 7 ** 300000)
            return F(3 ** 300000, 7 ** 100000) * F(5 ** 100000, 3 ** 200000)
            x = F(3 ** 300000, 7)|while True:|>math.floor(x); int(x); round(x); float(x)
            x = F(1, 3)|while True:|>x < 5e-324; x == 1e-300
            return statistics.mean([F(1, 3 ** 300000), F(1, 2 ** 400000)])
            return hex(3 ** 600000)
            x = 3 ** 600000|while True:|>hex(x); bin(x); f'{x:o}'
            x = 3 ** 600000|while True:|>math.log(x); math.log2(x); x.bit_count(); hash(x)
            x = 1e200|while True:|>x % 3e-200; x // 3e-200; math.fmod(x, 3e-200); math.remainder(x, 3e-200)
            return math.fsum([1e308, -1e308, 5e-324] * 10 ** 6)
            return math.hypot(*[1e308, 5e-324] * 10 ** 5)
            while True:|>f'{0.1:.1000000f}'
            while True:|>'%.1000000f' % 0.1
            x = D('1e4999')|while True:|>x < 1; x == 0.5; x.normalize(); int(x)
            x = D(3 ** 9000)|while True:|>x.normalize(); x.adjusted(); float(x); hash(x) if 0 else {x}
            x = datetime.datetime(2024, 1, 2, 3, 4, 5, 6)|while True:|>x.isoformat(); str(x); repr(x)
            x = datetime.timedelta(1)|while True:|>x * 1e-300; x / 3; x + x
            return datetime.timedelta(days=1) * 10 ** 300000
            return datetime.timedelta(days=10 ** 300000)
            x = 'ß' * 10 ** 6|while True:|>x.upper(); x.casefold()
            return ('\\u0130' * 10 ** 6).lower()
            return ('b' * 10 ** 6).strip('a' * 10 ** 6)
            x = 'a' * 10 ** 6|y = (x[:-1] + 'b',) * 10 ** 4|while True:|>x.startswith(y)
            return ('{' + '[' * 10 ** 6).format(1)
            x = '{k}' * 10 ** 5|y = {'x%d' % i: 1 for i in range(10 ** 4)}|while True:|>x.format(k='', **y)
            x = '\\x01' * 10 ** 6|while True:|>repr(x)
            x = ['  x  ' * 10 ** 5]|for i in range(10 ** 6):|>x.append(x[0].strip()); x.append(x[0].split(None, 1))
            x = {i: 1 for i in range(10 ** 5)}|while len(x) > 2:|>x.pop(len(x) - 2)|while True:|>x.copy(); repr(x); x == x; dict(x); {**x}
            x = {i: 1 for i in range(10 ** 5)}|x.clear()|while True:|>x.clear()
            T = ValueError|for i in range(100):|>T = (T, T)|try:|>1 / 0|except T:|>pass
            e = ValueError()|for i in range(10 ** 5):|>e = ValueError(e)|raise e
            e = ValueError()|for i in range(10 ** 5):|>e = ValueError(e)|return str(e)
            x = range(10)|for i in range(100):|>x = enumerate(x) if i % 2 else itertools.chain(x)|return list(x)
            x = itertools.count()|for i in range(110):|>x = itertools.chain(x)|while True:|>next(x)
            P = collections.namedtuple('P', ['f%d' % i for i in range(20000)])|p = P(*range(20000))|while True:|>p.f19999; p._fields
            P = collections.namedtuple('P', ['f%d' % i for i in range(20000)])|while True:|>try:|>>P()|>except TypeError:|>>pass
            P = collections.namedtuple('P' * 10 ** 6, 'x')|while True:|>try:|>>P(1).y|>except AttributeError:|>>pass
            x = 'y' * 10 ** 6|e = []|while True:|>try:|>>{}[x]|>except KeyError as error:|>>e.append(error)
            x = ('y' * 10 ** 6).join|e = []|while True:|>try:|>>ord('y' * 10 ** 5)|>except TypeError as error:|>>e.append(error)
            while True:|>str(0.1); f'{0.1} {0.2} {0.3}'; round(0.123456, 2); round(5e-324, 300); int(1e300)
            x = [int(1e308) for i in range(10 ** 7)]|return len(x)
            x = {3 ** 500000 + i for i in range(3)}|while True:|>3 ** 500000 in x
            return operator.attrgetter('real' + '.real' * 10 ** 6)(1)
            return int('7' * 10 ** 7, 8)
            x = int('f' * 250000, 16)|while True:|>x ^ 1; x >> 1; -x; ~x; abs(x)
            """;

    /** Whole programs that use what is left out, or that are only nested deeply. */
    private static final List<String> SOURCES = new ArrayList<>(List.of(
            "import os\ndef solution():\n    return os.getcwd()",
            "import sys\nsys.setrecursionlimit(10 ** 9)\ndef solution():\n    return solution()",
            "import sys\nsys.setrecursionlimit(10 ** 9)\ndef solution(n=0):\n    return max(solution(n + 1) for _ in [1])",
            "from functools import cache\nimport sys\nsys.setrecursionlimit(10 ** 9)\n@cache\ndef f(n):\n"
                    + "    return f(n + 1)\ndef solution():\n    return f(0)",
            "from subprocess import run",
            "import math.pi",
            "import java.lang.System",
            "try:\n    import numpy\nexcept ImportError:\n    numpy = None\ndef solution():\n    return 1",
            "def solution():\n    return __import__('os')",
            "def solution():\n    return open('/etc/passwd').read()",
            "def solution():\n    return eval('1')",
            "def solution():\n    exec('x = 1')",
            "def solution():\n    return input()",
            "def solution():\n    return getattr(1, 'real')",
            "def solution():\n    return ().__class__.__bases__[0].__subclasses__()",
            "def solution():\n    return (lambda: 0).__globals__",
            "def solution():\n    return '{0.__class__}'.format(1)",
            "def solution():\n    return globals()",
            "def solution():\n    return solution.__code__",
            "def solution():\n    with open('x') as f:\n        pass",
            "class A:\n    pass",
            "@property\ndef solution():\n    return 1",
            "async def solution():\n    return 1",
            "def solution():\n    match 1:\n        case 1:\n            return 1",
            "def solution():\n    return b'x'",
            "def solution():\n    return 1j",
            "def solution():\n    return (-8) ** 0.5",
            "def solution():\n    int.x = 1",
            "def solution():\n    exit()",
            "def solution():\n    import random\n    return random.random()",
            "def solution():\n    import datetime\n    return datetime.datetime.now()",
            "solution = 5",
            "",
            "\0",
            "def solution():\n    return 1\n" + "#".repeat(70_000)));

    static {
        for (int depth : new int[] {80, 100, 1000, 20_000}) {
            SOURCES.add("def solution():\n    return " + "(".repeat(depth) + "1" + ")".repeat(depth));
            SOURCES.add("def solution():\n    return " + "[".repeat(depth) + "]".repeat(depth));
            SOURCES.add("def solution():\n    return " + "{1:".repeat(depth) + "1" + "}".repeat(depth));
            SOURCES.add("def solution():\n    return " + "f(".repeat(depth) + ")".repeat(depth));
            SOURCES.add("def solution():\n    return " + "-".repeat(depth) + "1");
            SOURCES.add("def solution():\n    return " + "not ".repeat(depth) + "1");
            SOURCES.add("def solution():\n    return " + "1 ** ".repeat(depth) + "1");
            SOURCES.add("def solution():\n    return 1" + " + 1".repeat(depth));
            SOURCES.add("def solution():\n    return 1" + " < 2".repeat(depth));
            SOURCES.add("def solution():\n    return 1" + " and 1".repeat(depth));
            SOURCES.add("def solution():\n    return " + "1 if 1 else ".repeat(depth) + "1");
            SOURCES.add("def solution():\n    return " + "lambda: ".repeat(depth) + "1");
            SOURCES.add("def solution():\n    return a" + ".a".repeat(depth));
            SOURCES.add("def solution():\n    return a" + "[0]".repeat(depth));
            SOURCES.add("def solution():\n    return print" + "()".repeat(depth));
            SOURCES.add("def solution():\n    return [x " + "for x in [1] ".repeat(depth / 2) + "]");
            SOURCES.add("def solution():\n    x" + " = x".repeat(depth) + " = 1\n    return x");
            SOURCES.add("def solution():\n    " + "(".repeat(depth) + "x" + ",)".repeat(depth) + " = 1");
            SOURCES.add("def solution():\n    if 0: pass\n" + "    elif 0: pass\n".repeat(depth) + "    return 1");
            SOURCES.add("def solution():\n    return " + "f'{".repeat(Math.min(depth, 3)) + "1" + "}'".repeat(Math.min(depth, 3)));
            SOURCES.add("def solution():\n    return " + "1,".repeat(depth));
            SOURCES.add(nested("if 1:", depth));
            SOURCES.add(nested("for i in [1]:", depth));
            SOURCES.add(nested("def f():", depth));
            SOURCES.add(nested("try:", Math.min(depth, 90)));
        }
        // a call, or a frame, that is large without any instruction for it
        String parameters = IntStream.range(0, 7000).mapToObj(i -> "a" + i + "=0").collect(Collectors.joining(", "));
        SOURCES.add("def f(" + parameters + "):\n    return 1\ndef solution():\n    while True:\n        f()\n");
        SOURCES.add("def f(" + parameters + "):\n    return 1\ndef solution():\n    while True:\n        f(" + IntStream.range(6900, 7000)
                .mapToObj(i -> "a" + i + "=1").collect(Collectors.joining(", ")) + ")\n");
        SOURCES.add("def f(" + parameters + "):\n    yield 1\ndef solution():\n    x = []\n    while True:\n        x.append(f())\n");
        SOURCES.add("import sys\nsys.setrecursionlimit(10 ** 9)\ndef f(" + parameters
                + "):\n    return f()\ndef solution():\n    return f()\n");
        SOURCES.add("def f(" + parameters.replace("=0", "") + "):\n    return 1\ndef solution():\n    while True:\n        try:\n"
                + "            f()\n        except TypeError:\n            pass\n");
        String outer = IntStream.range(0, 4000).mapToObj(i -> "b" + i).collect(Collectors.joining("="));
        SOURCES.add("def solution():\n    " + outer + "=0\n    while True:\n        lambda: (" + outer.replace('=', ',') + ")\n");
        String name = "n".repeat(3500);
        SOURCES.add(name + " = 1\ndef solution():\n    while True:\n        " + (name + ";").repeat(16) + "\n");
        SOURCES.add("def solution():\n    while True:\n        f'{1:" + "{2}".repeat(20_000) + "}'\n");
        SOURCES.add("def solution():\n    return " + "f'{".repeat(1000) + "1" + "}'".repeat(1000));
        SOURCES.add("def solution():\n    return " + "f'{".repeat(80) + "1" + "}'".repeat(80));
        SOURCES.add("def solution():\n    return f'" + "\\\\N{".repeat(15_000) + "'");
        StringBuilder finals = new StringBuilder("def solution():\n");
        for (int i = 1; i <= 40; i++) {
            finals.append("    ".repeat(i)).append("try:\n").append("    ".repeat(i + 1)).append("pass\n").append("    ".repeat(i))
                    .append("finally:\n");
        }
        SOURCES.add(finals + "    ".repeat(41) + "return 1\n");
    }

    private static String nested(String head, int depth) {
        StringBuilder source = new StringBuilder("def solution():\n");
        for (int i = 1; i <= Math.min(depth, 200); i++) {
            source.append(" ".repeat(i)).append(head).append('\n');
        }
        return source.append(" ".repeat(Math.min(depth, 200) + 1)).append("return 1\n").toString();
    }

    static Stream<String> programs() {
        Stream<String> bodies = BODIES.lines().map(
                body -> "import math, itertools, functools, collections, statistics, datetime, decimal, heapq, bisect, copy, operator\n"
                        + "from fractions import Fraction as F\nfrom decimal import Decimal as D\ndef solution():\n    "
                        + body.replace("\\t", "\t").replace("|", "\n    ").replaceAll("(?<=\n    |\n {8}|\n {12})>", "    ")
                                .replaceAll("(?m)(?<=^ {4,30})>", "    ").replaceAll("(?m)(?<=^ {4,30})>", "    "));
        return Stream.concat(bodies, SOURCES.stream());
    }

    @Tag("slow")
    @ParameterizedTest
    @MethodSource("programs")
    void endsSoonOnASmallStack(String program) throws InterruptedException {
        Outcome[] outcome = new Outcome[1];
        Throwable[] thrown = new Throwable[1];
        long[] spent = new long[2];
        var threads = (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();
        Thread runner = new Thread(null, () -> {
            long bytes = threads.getCurrentThreadAllocatedBytes();
            try {
                outcome[0] = PythonInterpreter.run(program, "solution", LIMITS);
            } catch (Throwable t) {
                thrown[0] = t;
            }
            spent[0] = threads.getCurrentThreadCpuTime() / 1_000_000;
            spent[1] = threads.getCurrentThreadAllocatedBytes() - bytes >> 20;
        }, "program", 512 << 10);
        runner.setDaemon(true);
        runner.start();
        runner.join(60_000);
        assertFalse(runner.isAlive(), () -> "still running:\n" + program);
        assertNull(thrown[0], () -> "thrown by\n" + program);
        assertNotNull(outcome[0]);
        assertFalse(outcome[0].kind() == Kind.UNSUPPORTED && outcome[0].error().startsWith(PythonInterpreter.FAULT),
                () -> outcome[0] + " of\n" + program);
        assertTrue(spent[0] < MILLISECONDS, () -> spent[0] + " ms:\n" + program);
        if (System.getProperty("reft.test.report") != null) {
            String shown = outcome[0].toString();
            System.err.printf("%5d ms %6d MB %s  %s%n", spent[0], spent[1], shown.substring(0, Math.min(90, shown.length())),
                    program.substring(0, Math.min(300, program.length())).replaceAll("import.*|from.*|def solution...", "")
                            .replaceAll("\\s+", " "));
        }
    }

    @Test
    void whatIsLeftOutIsNamed() {
        assertEquals(new Outcome(Kind.UNSUPPORTED, null, null, "import os"), PythonInterpreter.run("import os"));
        assertEquals(new Outcome(Kind.UNSUPPORTED, null, null, "class"), PythonInterpreter.run("class A:\n    pass\n"));
        assertEquals(new Outcome(Kind.UNSUPPORTED, null, null, "input"),
                PythonInterpreter.run("def solution():\n    return input()\n"));
        assertEquals(new Outcome(Kind.UNSUPPORTED, null, null, "import numpy"), PythonInterpreter.run(
                "try:\n    import numpy\nexcept ImportError:\n    pass\ndef solution():\n    return 1\n"));
    }

    @Tag("slow")
    @Test
    void noHandlerCatchesTheEndOfABudget() {
        String program = "def solution():\n    while True:\n        try:\n            while True:\n                pass\n"
                + "        except:\n            return 'caught'\n        finally:\n            return 'finally'\n";
        assertEquals(new Outcome(Kind.LIMIT, null, null, "steps"), PythonInterpreter.run(program));
    }
}
