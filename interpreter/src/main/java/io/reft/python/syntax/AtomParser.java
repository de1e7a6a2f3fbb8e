package io.reft.python.syntax;

import io.reft.python.runtime.Errors;
import io.reft.python.runtime.None;
import io.reft.python.runtime.Stop;
import io.reft.python.syntax.Syntax.Expr;
import io.reft.python.syntax.Syntax.Names;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** Reads what expressions are made of: names, literals, strings, and all that stands in brackets. */
abstract class AtomParser extends TokenReader {
    AtomParser(List<Token> tokens, Names names, Set<String> used) {
        super(tokens, names, used);
    }

    abstract Expr expression();

    abstract Expr namedExpression();

    abstract Expr disjunction();

    abstract Expr binary(int precedence);

    abstract Expr yieldExpression();

    abstract Expr targetList();

    final Expr atom() {
        Token t = next();
        switch (t.kind()) {
            case NAME:
                at--;
                used.add(t.text());
                return new Syntax.Name(name());
            case NUMBER:
                return new Syntax.Constant(t.value());
            case STRING, FSTRING:
                at--;
                return strings();
            case KEYWORD:
                switch (t.text()) {
                    case "None":
                        return new Syntax.Constant(None.NONE);
                    case "True":
                        return new Syntax.Constant(Boolean.TRUE);
                    case "False":
                        return new Syntax.Constant(Boolean.FALSE);
                    case "await":
                        throw Stop.unsupported("await");
                    default:
                        throw Errors.syntaxError("invalid syntax");
                }
            case OPERATOR:
                switch (t.text()) {
                    case "(":
                        return parenthesized();
                    case "[":
                        return display();
                    case "{":
                        return braces();
                    case "...":
                        return new Syntax.Constant(None.ELLIPSIS);
                    default:
                        throw Errors.syntaxError("invalid syntax");
                }
            default:
                throw Errors.syntaxError("invalid syntax");
        }
    }

    private Expr parenthesized() {
        enter();
        Expr result;
        if (accept(")")) {
            result = new Syntax.Tuple(List.of());
        } else if (token().is("yield")) {
            result = yieldExpression();
            close(")");
        } else {
            Expr first = starredOrNamed();
            if (token().is("for") || token().is("async")) {
                result = comprehension(Syntax.Kind.GENERATOR, first, null);
            } else if (token().is(",")) {
                result = new Syntax.Tuple(elements(first, ")"));
            } else if (first instanceof Syntax.Starred) {
                throw Errors.syntaxError("cannot use starred expression here");
            } else {
                result = first;
            }
            close(")");
        }
        nesting--;
        return result;
    }

    private void close(String bracket) {
        if (!accept(bracket)) {
            throw Errors.syntaxError("invalid syntax. Perhaps you forgot a comma?");
        }
    }

    private Expr starredOrNamed() {
        return accept("*") ? new Syntax.Starred(binary(1)) : namedExpression();
    }

    /** The rest of a display whose first element was read. */
    private List<Expr> elements(Expr first, String end) {
        List<Expr> elements = new ArrayList<>(List.of(first));
        while (accept(",") && !token().is(end)) {
            elements.add(starredOrNamed());
        }
        return elements;
    }

    private Expr display() {
        enter();
        Expr result;
        if (token().is("]")) {
            result = new Syntax.ListOf(List.of());
        } else {
            Expr first = starredOrNamed();
            result = token().is("for") || token().is("async") ? comprehension(Syntax.Kind.LIST, first, null)
                    : new Syntax.ListOf(elements(first, "]"));
        }
        close("]");
        nesting--;
        return result;
    }

    private Expr braces() {
        enter();
        Expr result;
        if (token().is("}")) {
            result = new Syntax.DictOf(List.of(), List.of());
        } else if (token().is("**")) {
            result = dict(null, null);
        } else {
            Expr first = starredOrNamed();
            if (accept(":")) {
                Expr value = expression();
                result = token().is("for") || token().is("async") ? comprehension(Syntax.Kind.DICT, first, value)
                        : dict(first, value);
            } else {
                result = token().is("for") || token().is("async") ? comprehension(Syntax.Kind.SET, first, null)
                        : new Syntax.SetOf(elements(first, "}"));
            }
        }
        close("}");
        nesting--;
        return result;
    }

    private Expr dict(Expr key, Expr value) {
        List<Expr> keys = new ArrayList<>();
        List<Expr> values = new ArrayList<>();
        if (key != null) {
            keys.add(key);
            values.add(value);
            if (!accept(",")) {
                return new Syntax.DictOf(keys, values);
            }
        }
        while (!token().is("}")) {
            if (accept("**")) {
                keys.add(null);
                values.add(binary(1));
            } else {
                keys.add(expression());
                expect(":");
                values.add(expression());
            }
            if (!accept(",")) {
                break;
            }
        }
        return new Syntax.DictOf(keys, values);
    }

    final Expr comprehension(Syntax.Kind kind, Expr element, Expr value) {
        if (element instanceof Syntax.Starred) {
            throw Errors.syntaxError("iterable unpacking cannot be used in comprehension");
        }
        List<Syntax.Clause> clauses = new ArrayList<>();
        while (token().is("for") || token().is("async")) {
            if (accept("async")) {
                throw Stop.unsupported("async");
            }
            next();
            Expr target = targetList();
            expect("in");
            Expr iterable = disjunction();
            List<Expr> conditions = new ArrayList<>();
            while (accept("if")) {
                conditions.add(disjunction());
            }
            clauses.add(new Syntax.Clause(target, iterable, conditions));
            if (clauses.size() > MAX_NESTING) {
                throw Stop.limit("nesting of the source");
            }
        }
        return new Syntax.Comprehension(kind, element, value, clauses);
    }

    private Expr strings() {
        List<Expr> parts = new ArrayList<>();
        StringBuilder literal = new StringBuilder();
        boolean formatted = false;
        for (; token().kind() == Token.Kind.STRING || token().kind() == Token.Kind.FSTRING; at++) {
            if (token().value() instanceof FString string) {
                formatted = true;
                parts(string, literal, parts);
            } else {
                literal.append((Boolean) token().value() ? token().text() : Escapes.decode(token().text()));
            }
        }
        if (!formatted) {
            return new Syntax.Constant(literal.toString());
        }
        flush(literal, parts);
        return new Syntax.Joined(parts);
    }

    /** Text gathers until a field comes. */
    private static void flush(StringBuilder literal, List<Expr> parts) {
        if (!literal.isEmpty()) {
            parts.add(new Syntax.Constant(literal.toString()));
            literal.setLength(0);
        }
    }

    private void parts(FString string, StringBuilder literal, List<Expr> parts) {
        for (Object part : string.parts()) {
            if (part instanceof FString.Field field) {
                Expr value = inFString(field.expression());
                Expr format = null;
                if (field.format() != null) {
                    List<Expr> formatParts = new ArrayList<>();
                    StringBuilder formatLiteral = new StringBuilder();
                    parts(field.format(), formatLiteral, formatParts);
                    flush(formatLiteral, formatParts);
                    format = new Syntax.Joined(formatParts);
                }
                boolean bare = field.conversion() == 0 && format == null;
                literal.append(field.shown() == null ? "" : field.shown());
                flush(literal, parts);
                parts.add(new Syntax.Formatted(value, bare && field.shown() != null ? 'r' : field.conversion(), format));
            } else {
                literal.append(string.raw() ? (String) part : Escapes.decode((String) part));
            }
        }
    }

    /** An expression inside an f-string, which may bind names and nest like any other. */
    private Expr inFString(List<Token> expression) {
        enter();
        ExpressionParser inner = new ExpressionParser(expression, names, used);
        inner.nesting = nesting;
        inner.functions = functions;
        inner.parameterNames = parameterNames;
        Expr e = inner.starExpressions();
        if (inner.token().kind() != Token.Kind.END) {
            throw Errors.syntaxError("f-string: invalid syntax");
        }
        nesting--;
        return e;
    }
}
