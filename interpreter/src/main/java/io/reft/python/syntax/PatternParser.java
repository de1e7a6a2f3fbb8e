package io.reft.python.syntax;

import io.reft.python.runtime.Errors;
import io.reft.python.runtime.Operator;
import io.reft.python.runtime.Stop;
import io.reft.python.syntax.Syntax.Expr;
import io.reft.python.syntax.Syntax.Pattern;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** Reads the patterns of {@code match} statements. */
abstract class PatternParser extends ExpressionParser {
    /** The names that the pattern being read binds. */
    private Set<String> captured = new HashSet<>();

    PatternParser(List<Token> tokens, Syntax.Names names, Set<String> used) {
        super(tokens, names, used);
    }

    /** A name that no program can write, for a value that is being matched. */
    final String hidden() {
        String name = "." + names.bound().size();
        bindName(name);
        return name;
    }

    /** What stands behind {@code case}: one pattern, or several with commas. */
    final Pattern casePattern() {
        captured = new HashSet<>();
        Pattern first = starredPattern();
        if (!token().is(",") && !(first instanceof Syntax.StarPattern)) {
            return first;
        }
        return sequence(first, ":");
    }

    private Pattern sequence(Pattern first, String end) {
        List<Pattern> patterns = new ArrayList<>(List.of(first));
        while (accept(",") && !token().is(end) && !token().is("if")) {
            patterns.add(starredPattern());
        }
        List<String> items = new ArrayList<>();
        patterns.forEach(p -> items.add(hidden()));
        if (patterns.stream().filter(p -> p instanceof Syntax.StarPattern).count() > 1) {
            throw Errors.syntaxError("multiple starred expressions in sequence pattern");
        }
        return new Syntax.SequencePattern(patterns, items);
    }

    private Pattern starredPattern() {
        return accept("*") ? new Syntax.StarPattern(capture(name())) : pattern();
    }

    /** Binds a name once; {@code _} is no name here, and gives null. */
    private String capture(String name) {
        if (name.equals("_")) {
            return null;
        }
        if (!captured.add(name)) {
            throw Errors.syntaxError("multiple assignments to name '%s' in pattern", name);
        }
        bindName(name);
        bindName("." + name);
        return name;
    }

    private Pattern pattern() {
        enter();
        Pattern first = alternatives();
        if (accept("as")) {
            String name = capture(name());
            if (name == null) {
                throw Errors.syntaxError("cannot use '_' as a target");
            }
            first = new Syntax.AsPattern(first, name);
        }
        nesting--;
        return first;
    }

    private Pattern alternatives() {
        Set<String> before = captured;
        captured = new HashSet<>(before);
        Pattern first = closed();
        if (!token().is("|")) {
            return first;
        }
        Set<String> bound = captured;
        List<Pattern> patterns = new ArrayList<>(List.of(first));
        while (accept("|")) {
            if (isIrrefutable(patterns.getLast())) {
                throw Errors.syntaxError("an alternative makes remaining patterns unreachable");
            }
            captured = new HashSet<>(before);
            patterns.add(closed());
            if (!captured.equals(bound)) {
                throw Errors.syntaxError("alternative patterns bind different names");
            }
        }
        return new Syntax.OrPattern(patterns);
    }

    /** Whether a pattern matches anything. */
    static boolean isIrrefutable(Pattern p) {
        return switch (p) {
            case Syntax.CapturePattern c -> true;
            case Syntax.AsPattern a -> isIrrefutable(a.pattern());
            case Syntax.OrPattern o -> isIrrefutable(o.patterns().getLast());
            default -> false;
        };
    }

    private Pattern closed() {
        Token t = token();
        switch (t.kind()) {
            case NAME:
                if (peek().is(".") || peek().is("(")) {
                    return named();
                }
                return new Syntax.CapturePattern(capture(name()));
            case NUMBER, STRING, FSTRING:
                return new Syntax.ValuePattern(literal(), false);
            default:
                break;
        }
        if (t.is("-")) {
            return new Syntax.ValuePattern(literal(), false);
        } else if (t.is("None") || t.is("True") || t.is("False")) {
            return new Syntax.ValuePattern(atom(), true);
        } else if (accept("(")) {
            if (accept(")")) {
                return new Syntax.SequencePattern(List.of(), List.of());
            }
            Pattern first = starredPattern();
            Pattern result = token().is(",") || first instanceof Syntax.StarPattern ? sequence(first, ")") : first;
            expect(")");
            return result;
        } else if (accept("[")) {
            Pattern result = token().is("]") ? new Syntax.SequencePattern(List.of(), List.of()) : sequence(starredPattern(), "]");
            expect("]");
            return result;
        } else if (accept("{")) {
            return mapping();
        }
        throw Errors.syntaxError("invalid syntax");
    }

    private Expr literal() {
        boolean negative = accept("-");
        boolean number = token().kind() == Token.Kind.NUMBER;
        Expr value = atom();
        if (value instanceof Syntax.Joined || negative && !number) {
            throw Errors.syntaxError("patterns may only match literals and attribute lookups");
        }
        if (token().is("+") || token().is("-")) {
            throw Stop.unsupported("complex");
        }
        return negative ? new Syntax.Unary(Operator.NEGATIVE, value) : value;
    }

    /** {@code module.constant}, or {@code int(x)}. */
    private Pattern named() {
        Expr value = atom();
        while (accept(".")) {
            value = new Syntax.Attribute(value, name());
        }
        if (!accept("(")) {
            return new Syntax.ValuePattern(value, false);
        }
        Pattern inside = null;
        if (!token().is(")")) {
            if (!(value instanceof Syntax.Name n && Set.of("bool", "dict", "float", "frozenset", "int", "list", "set", "str", "tuple")
                    .contains(n.id())) || peek().is("=")) {
                throw Stop.unsupported("a class pattern");
            }
            inside = pattern();
            accept(",");
        }
        expect(")");
        return new Syntax.ClassPattern(value, inside);
    }

    private Pattern mapping() {
        List<Expr> keys = new ArrayList<>();
        List<Pattern> values = new ArrayList<>();
        List<String> items = new ArrayList<>();
        String rest = null;
        while (!token().is("}")) {
            if (accept("**")) {
                rest = capture(name());
            } else {
                if (token().kind() == Token.Kind.NAME) {
                    Expr key = atom();
                    while (accept(".")) {
                        key = new Syntax.Attribute(key, name());
                    }
                    keys.add(key);
                } else {
                    keys.add(token().kind() == Token.Kind.KEYWORD ? atom() : literal());
                }
                expect(":");
                values.add(pattern());
                items.add(hidden());
            }
            if (!accept(",")) {
                break;
            }
        }
        expect("}");
        return new Syntax.MappingPattern(keys, values, items, rest);
    }
}
