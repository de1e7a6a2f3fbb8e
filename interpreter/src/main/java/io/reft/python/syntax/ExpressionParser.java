package io.reft.python.syntax;

import io.reft.python.runtime.Errors;
import io.reft.python.runtime.None;
import io.reft.python.runtime.Operator;
import io.reft.python.runtime.Stop;
import io.reft.python.syntax.Syntax.Expr;
import io.reft.python.syntax.Syntax.Names;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Reads expressions by recursive descent, binary operators by precedence climbing. Nesting is bounded, so that no source
 * can overflow the stack here or where the tree is compiled. What stands in brackets is read by {@link AtomParser}.
 */
class ExpressionParser extends AtomParser {
    /** Calls, subscripts and attributes in a row. */
    private static final int MAX_CHAIN = 200;

    ExpressionParser(List<Token> tokens, Names names, Set<String> used) {
        super(tokens, names, used);
    }

    /** The targets of {@code for} and {@code del}: they end before {@code in}. */
    @Override
    final Expr targetList() {
        List<Expr> elements = new ArrayList<>();
        do {
            if (!elements.isEmpty() && (token().is("in") || token().is("=") || token().is(";")
                    || token().kind() == Token.Kind.NEWLINE)) {
                break;
            }
            elements.add(accept("*") ? new Syntax.Starred(binary(1)) : binary(1));
        } while (accept(","));
        boolean tuple = elements.size() > 1 || tokens.get(at - 1).is(",");
        Expr target = tuple ? new Syntax.Tuple(elements) : elements.getFirst();
        return asTarget(target, "for");
    }

    // ---- expressions, from the loosest

    /** {@code a, *b}, {@code yield a}, or one expression. */
    final Expr starExpressions() {
        if (token().is("yield")) {
            return yieldExpression();
        }
        Expr first = starred();
        if (!token().is(",")) {
            if (first instanceof Syntax.Starred && !token().is("=")) {
                throw Errors.syntaxError("can't use starred expression here");
            }
            return first;
        }
        List<Expr> elements = new ArrayList<>(List.of(first));
        while (accept(",")) {
            if (!startsExpression()) {
                break;
            }
            elements.add(starred());
        }
        return new Syntax.Tuple(elements);
    }

    private Expr starred() {
        return accept("*") ? new Syntax.Starred(binary(1)) : expression();
    }

    private boolean startsExpression() {
        Token t = token();
        return switch (t.kind()) {
            case NAME, NUMBER, STRING, FSTRING -> true;
            case KEYWORD -> switch (t.text()) {
                case "None", "True", "False", "not", "lambda", "await" -> true;
                default -> false;
            };
            case OPERATOR -> switch (t.text()) {
                case "(", "[", "{", "-", "+", "~", "*", "..." -> true;
                default -> false;
            };
            default -> false;
        };
    }

    @Override
    final Expr yieldExpression() {
        next();
        if (functions == 0) {
            throw Errors.syntaxError("'yield' outside function");
        }
        names.generator()[0] = true;
        if (accept("from")) {
            return new Syntax.YieldFrom(expression());
        }
        return new Syntax.Yield(startsExpression() ? starExpressions() : new Syntax.Constant(None.NONE));
    }

    @Override
    final Expr namedExpression() {
        if (token().kind() == Token.Kind.NAME && peek().is(":=")) {
            String name = name();
            next();
            bindName(name);
            return new Syntax.NamedExpr(name, expression());
        }
        return expression();
    }

    @Override
    final Expr expression() {
        enter();
        Expr result;
        if (token().is("lambda")) {
            result = lambda();
        } else {
            result = disjunction();
            if (accept("if")) {
                Expr test = disjunction();
                if (!accept("else")) {
                    throw Errors.syntaxError("expected 'else' after 'if' expression");
                }
                result = new Syntax.Conditional(test, result, expression());
            }
        }
        nesting--;
        return result;
    }

    private Expr lambda() {
        next();
        Syntax.Parameters parameters = parameters(":", false);
        expect(":");
        Names outer = names;
        Set<String> outerUsed = used;
        Set<String> outerParameters = parameterNames;
        names = new Names(new HashSet<>(), new HashSet<>(), new HashSet<>(), new boolean[1]);
        used = new HashSet<>();
        functions++;
        bindParameters(parameters);
        Expr body = expression();
        Names inner = names;
        names = outer;
        used = outerUsed;
        parameterNames = outerParameters;
        functions--;
        return new Syntax.Lambda(parameters, body, inner);
    }

    final Syntax.Parameters parameters(String end, boolean annotated) {
        List<Syntax.Parameter> positional = new ArrayList<>();
        List<Syntax.Parameter> keywordOnly = new ArrayList<>();
        List<Expr> annotations = new ArrayList<>();
        Set<String> seen = new HashSet<>();
        int positionalOnly = 0;
        String args = null;
        String keywords = null;
        boolean star = false;
        boolean initials = false;
        while (!token().is(end)) {
            if (keywords != null) {
                throw Errors.syntaxError("arguments cannot follow var-keyword argument");
            }
            if (accept("/")) {
                if (star || positionalOnly > 0 || positional.isEmpty()) {
                    throw Errors.syntaxError("/ must be ahead of *");
                }
                positionalOnly = positional.size();
            } else if (accept("*")) {
                if (star) {
                    throw Errors.syntaxError("* argument may appear only once");
                }
                star = true;
                if (token().is(",")) {
                    if (!(peek().kind() == Token.Kind.NAME)) {
                        throw Errors.syntaxError("named arguments must follow bare *");
                    }
                } else {
                    args = parameter(seen, annotations, annotated);
                }
            } else if (accept("**")) {
                keywords = parameter(seen, annotations, annotated);
            } else {
                String name = parameter(seen, annotations, annotated);
                Expr initial = accept("=") ? expression() : null;
                if (star) {
                    keywordOnly.add(new Syntax.Parameter(name, initial));
                } else {
                    if (initial == null && initials) {
                        throw Errors.syntaxError("non-default argument follows default argument");
                    }
                    initials = initial != null;
                    positional.add(new Syntax.Parameter(name, initial));
                }
            }
            if (!accept(",")) {
                break;
            }
        }
        return new Syntax.Parameters(positional, positionalOnly, args, keywordOnly, keywords, annotations);
    }

    private String parameter(Set<String> seen, List<Expr> annotations, boolean annotated) {
        String name = name();
        if (!seen.add(name)) {
            throw Errors.syntaxError("duplicate argument '%s' in function definition", name);
        }
        if (annotated && accept(":")) {
            annotations.add(expression());
        }
        return name;
    }

    @Override
    final Expr disjunction() {
        Expr first = conjunction();
        if (!token().is("or")) {
            return first;
        }
        List<Expr> values = new ArrayList<>(List.of(first));
        while (accept("or")) {
            values.add(conjunction());
        }
        return new Syntax.BoolOp(false, values);
    }

    private Expr conjunction() {
        Expr first = inversion();
        if (!token().is("and")) {
            return first;
        }
        List<Expr> values = new ArrayList<>(List.of(first));
        while (accept("and")) {
            values.add(inversion());
        }
        return new Syntax.BoolOp(true, values);
    }

    private Expr inversion() {
        if (accept("not")) {
            enter();
            Expr operand = new Syntax.Unary(Operator.NOT, inversion());
            nesting--;
            return operand;
        }
        return comparison();
    }

    private Expr comparison() {
        Expr first = binary(1);
        Operator operator = comparisonOperator();
        if (operator == null) {
            return first;
        }
        List<Operator> operators = new ArrayList<>();
        List<Expr> rest = new ArrayList<>();
        for (; operator != null; operator = comparisonOperator()) {
            operators.add(operator);
            rest.add(binary(1));
        }
        return new Syntax.Compare(first, operators, rest);
    }

    private Operator comparisonOperator() {
        Token t = token();
        if (t.kind() != Token.Kind.OPERATOR && t.kind() != Token.Kind.KEYWORD) {
            return null;
        }
        Operator operator = switch (t.text()) {
            case "==" -> Operator.EQ;
            case "!=" -> Operator.NE;
            case "<" -> Operator.LT;
            case "<=" -> Operator.LE;
            case ">" -> Operator.GT;
            case ">=" -> Operator.GE;
            case "in" -> Operator.IN;
            case "is" -> peek().is("not") ? Operator.IS_NOT : Operator.IS;
            case "not" -> peek().is("in") ? Operator.NOT_IN : null;
            default -> null;
        };
        if (operator != null) {
            at += operator == Operator.IS_NOT || operator == Operator.NOT_IN ? 2 : 1;
        }
        return operator;
    }

    /** Binary operators that bind at least so tightly. */
    @Override
    final Expr binary(int precedence) {
        Expr left = unary();
        while (token().kind() == Token.Kind.OPERATOR) {
            Operator operator = Operator.binary(token().text());
            if (operator == null || operator == Operator.POW || operator.precedence() < precedence) {
                break;
            }
            next();
            left = new Syntax.Binary(operator, left, binary(operator.precedence() + 1));
        }
        return left;
    }

    private Expr unary() {
        Token t = token();
        if (t.kind() == Token.Kind.OPERATOR) {
            Operator operator = switch (t.text()) {
                case "-" -> Operator.NEGATIVE;
                case "+" -> Operator.POSITIVE;
                case "~" -> Operator.INVERT;
                default -> null;
            };
            if (operator != null) {
                next();
                enter();
                Expr operand = unary();
                nesting--;
                return new Syntax.Unary(operator, operand);
            }
        }
        Expr base = primary();
        if (accept("**")) {
            enter();
            Expr exponent = unary();
            nesting--;
            return new Syntax.Binary(Operator.POW, base, exponent);
        }
        return base;
    }

    private Expr primary() {
        Expr e = atom();
        for (int length = 0; token().kind() == Token.Kind.OPERATOR; length++) {
            if (accept(".")) {
                e = new Syntax.Attribute(e, name());
            } else if (accept("(")) {
                e = new Syntax.Call(e, arguments());
            } else if (accept("[")) {
                e = new Syntax.Subscript(e, subscripts());
                expect("]");
            } else {
                break;
            }
            if (length > MAX_CHAIN) {
                throw Stop.limit("nesting of the source");
            }
        }
        return e;
    }

    private List<Syntax.Argument> arguments() {
        List<Syntax.Argument> arguments = new ArrayList<>();
        Set<String> keywords = null;
        boolean doubleStar = false;
        while (!token().is(")")) {
            if (accept("**")) {
                arguments.add(new Syntax.Argument(2, null, expression()));
                doubleStar = true;
            } else if (accept("*")) {
                if (doubleStar) {
                    throw Errors.syntaxError("iterable argument unpacking follows keyword argument unpacking");
                }
                arguments.add(new Syntax.Argument(1, null, expression()));
            } else if (token().kind() == Token.Kind.NAME && peek().is("=")) {
                String name = name();
                next();
                if (keywords == null) {
                    keywords = new HashSet<>();
                }
                if (!keywords.add(name)) {
                    throw Errors.syntaxError("keyword argument repeated: %s", name);
                }
                arguments.add(new Syntax.Argument(0, name, expression()));
            } else {
                Expr value = namedExpression();
                if (token().is("for") || token().is("async")) {
                    value = comprehension(Syntax.Kind.GENERATOR, value, null);
                    if (!arguments.isEmpty() || !token().is(")")) {
                        throw Errors.syntaxError("Generator expression must be parenthesized");
                    }
                }
                if (doubleStar) {
                    throw Errors.syntaxError("positional argument follows keyword argument unpacking");
                }
                if (keywords != null) {
                    throw Errors.syntaxError("positional argument follows keyword argument");
                }
                arguments.add(new Syntax.Argument(0, null, value));
            }
            if (!accept(",")) {
                break;
            }
        }
        if (!accept(")")) {
            throw Errors.syntaxError("invalid syntax. Perhaps you forgot a comma?");
        }
        return arguments;
    }

    private Expr subscripts() {
        Expr first = subscript();
        if (!token().is(",")) {
            return first instanceof Syntax.Starred ? new Syntax.Tuple(List.of(first)) : first;
        }
        List<Expr> elements = new ArrayList<>(List.of(first));
        while (accept(",") && !token().is("]")) {
            elements.add(subscript());
        }
        return new Syntax.Tuple(elements);
    }

    private Expr subscript() {
        if (accept("*")) {
            return new Syntax.Starred(binary(1));
        }
        Expr lower = token().is(":") ? null : namedExpression();
        if (!accept(":")) {
            return lower;
        }
        Expr upper = sliceEnd() ? null : expression();
        Expr step = accept(":") && !sliceEnd() ? expression() : null;
        return new Syntax.Slice(lower, upper, step);
    }

    private boolean sliceEnd() {
        return token().is(":") || token().is("]") || token().is(",");
    }

}
