package io.reft.python.syntax;

import io.reft.python.runtime.Errors;
import io.reft.python.runtime.ExceptionTypes;
import io.reft.python.runtime.None;
import io.reft.python.runtime.Operator;
import io.reft.python.runtime.Raised;
import io.reft.python.runtime.Stop;
import io.reft.python.syntax.Syntax.Expr;
import io.reft.python.syntax.Syntax.Names;
import io.reft.python.syntax.Syntax.Stmt;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Reads statements by recursive descent, and notes on the way which names each function binds. Expressions are read by
 * {@link ExpressionParser}. Left out, by name: class, with, async, type parameters.
 */
public final class Parser extends PatternParser {
    private int loops;
    /** {@code from __future__ import annotations}: annotations are not evaluated. */
    private boolean lazyAnnotations;

    private Parser(List<Token> tokens) {
        super(tokens, new Names(new HashSet<>(), new HashSet<>(), new HashSet<>(), new boolean[1]), new HashSet<>());
    }

    /** The statements of a program. */
    public static List<Stmt> parse(String source) {
        Parser parser = new Parser(Lexer.program(source));
        try {
            return parser.program();
        } catch (Raised error) {
            // a line's end and its indentation are no progress: the lexer's error behind them is the first one
            int i = Math.max(0, parser.at - 1);
            while (parser.tokens.get(i).kind() != Token.Kind.ERROR && (i < parser.at || isLayout(parser.tokens.get(i)))) {
                i++;
            }
            throw parser.tokens.get(i).value() instanceof Raised first ? first : error;
        }
    }

    private static boolean isLayout(Token t) {
        return t.kind() == Token.Kind.NEWLINE || t.kind() == Token.Kind.INDENT || t.kind() == Token.Kind.DEDENT;
    }

    private List<Stmt> program() {
        List<Stmt> body = new ArrayList<>();
        while (token().kind() != Token.Kind.END) {
            if (token().kind() == Token.Kind.INDENT) {
                throw Errors.raise(ExceptionTypes.INDENTATION_ERROR, "unexpected indent");
            }
            statement(body);
        }
        return body;
    }

    /** Reads one line's or one compound statement, and adds what it holds. */
    private void statement(List<Stmt> into) {
        Token token = token();
        if (token.kind() == Token.Kind.KEYWORD) {
            switch (token.text()) {
                case "if" -> {
                    into.add(ifStatement());
                    return;
                }
                case "while" -> {
                    next();
                    Expr test = namedExpression();
                    into.add(new Syntax.While(test, loopBlock(), elseBlock()));
                    return;
                }
                case "for" -> {
                    into.add(forStatement());
                    return;
                }
                case "def" -> {
                    into.add(def(List.of()));
                    return;
                }
                case "try" -> {
                    into.add(tryStatement());
                    return;
                }
                case "class", "with", "async" -> throw Stop.unsupported(token.text());
                default -> {}
            }
        } else if (isMatch()) {
            into.add(matchStatement());
            return;
        } else if (token.is("@")) {
            into.add(decorated());
            return;
        }
        while (true) {
            simpleStatement(into);
            if (accept(";")) {
                if (token().kind() == Token.Kind.NEWLINE) {
                    break;
                }
            } else {
                break;
            }
        }
        if (token().kind() != Token.Kind.NEWLINE) {
            throw Errors.syntaxError("invalid syntax");
        }
        next();
    }

    /** {@code match} is a keyword only where its line is the head of a block that starts with {@code case}. */
    private boolean isMatch() {
        if (token().kind() != Token.Kind.NAME || !token().text().equals("match")) {
            return false;
        }
        int end = at;
        while (tokens.get(end).kind() != Token.Kind.NEWLINE && tokens.get(end).kind() != Token.Kind.END
                && tokens.get(end).kind() != Token.Kind.ERROR) {
            end++;
        }
        return tokens.get(end - 1).is(":") && end + 2 < tokens.size() && tokens.get(end + 1).kind() == Token.Kind.INDENT
                && tokens.get(end + 2).kind() == Token.Kind.NAME && tokens.get(end + 2).text().equals("case");
    }

    private Stmt matchStatement() {
        next();
        Expr value = starExpressions();
        expect(":");
        at += 2;
        String subject = hidden();
        List<Syntax.Case> cases = new ArrayList<>();
        while (token().kind() == Token.Kind.NAME && token().text().equals("case")) {
            next();
            if (!cases.isEmpty() && cases.getLast().guard() == null && isIrrefutable(cases.getLast().pattern())) {
                throw Errors.syntaxError("a pattern makes remaining patterns unreachable");
            }
            Syntax.Pattern pattern = casePattern();
            Expr guard = accept("if") ? namedExpression() : null;
            cases.add(new Syntax.Case(pattern, guard, block()));
        }
        if (next().kind() != Token.Kind.DEDENT) {
            throw Errors.syntaxError("invalid syntax");
        }
        return new Syntax.Match(value, subject, cases);
    }

    private List<Stmt> block() {
        List<Stmt> body = new ArrayList<>();
        expect(":");
        if (token().kind() != Token.Kind.NEWLINE) {
            if (token().kind() == Token.Kind.KEYWORD) {
                switch (token().text()) {
                    case "if", "while", "for", "def", "try", "class", "with", "async" ->
                            throw Errors.syntaxError("invalid syntax");
                    default -> {}
                }
            }
            statement(body);
            return body;
        }
        next();
        if (token().kind() != Token.Kind.INDENT) {
            throw Errors.raise(ExceptionTypes.INDENTATION_ERROR, "expected an indented block");
        }
        next();
        while (token().kind() != Token.Kind.DEDENT) {
            if (token().kind() == Token.Kind.INDENT) {
                throw Errors.raise(ExceptionTypes.INDENTATION_ERROR, "unexpected indent");
            }
            statement(body);
        }
        next();
        return body;
    }

    private List<Stmt> loopBlock() {
        loops++;
        List<Stmt> body = block();
        loops--;
        return body;
    }

    private List<Stmt> elseBlock() {
        return accept("else") ? block() : List.of();
    }

    private Stmt ifStatement() {
        List<Expr> tests = new ArrayList<>();
        List<List<Stmt>> bodies = new ArrayList<>();
        do {
            next();
            tests.add(namedExpression());
            bodies.add(block());
        } while (token().is("elif"));
        return new Syntax.If(tests, bodies, elseBlock());
    }

    private Stmt forStatement() {
        next();
        Expr target = targetList();
        bind(target);
        expect("in");
        Expr iterable = starExpressions();
        return new Syntax.For(target, iterable, loopBlock(), elseBlock());
    }

    private Stmt decorated() {
        List<Expr> decorators = new ArrayList<>();
        while (accept("@")) {
            decorators.add(namedExpression());
            if (next().kind() != Token.Kind.NEWLINE) {
                throw Errors.syntaxError("invalid syntax");
            }
        }
        if (token().is("class") || token().is("async")) {
            throw Stop.unsupported(token().text());
        }
        if (!token().is("def")) {
            throw Errors.syntaxError("invalid syntax");
        }
        return def(decorators);
    }

    private Stmt def(List<Expr> decorators) {
        next();
        String name = name();
        bindName(name);
        expect("(");
        Syntax.Parameters parameters = parameters(")", true);
        expect(")");
        Expr returns = accept("->") ? expression() : null;
        Names outer = names;
        Set<String> outerUsed = used;
        Set<String> outerParameters = parameterNames;
        int outerLoops = loops;
        names = new Names(new HashSet<>(), new HashSet<>(), new HashSet<>(), new boolean[1]);
        used = new HashSet<>();
        functions++;
        loops = 0;
        bindParameters(parameters);
        List<Stmt> body = block();
        Names inner = names;
        names = outer;
        used = outerUsed;
        parameterNames = outerParameters;
        functions--;
        loops = outerLoops;
        if (lazyAnnotations) {
            parameters = new Syntax.Parameters(parameters.positional(), parameters.positionalOnly(), parameters.args(),
                    parameters.keywordOnly(), parameters.keywords(), List.of());
            returns = null;
        }
        return new Syntax.Def(decorators, name, parameters, returns, body, inner);
    }

    private Stmt tryStatement() {
        next();
        List<Stmt> body = block();
        List<Syntax.Handler> handlers = new ArrayList<>();
        boolean bare = false;
        while (token().is("except")) {
            if (bare) {
                throw Errors.syntaxError("default 'except:' must be last");
            }
            next();
            if (token().is("*")) {
                throw Stop.unsupported("except*");
            }
            Expr type = null;
            String name = null;
            if (token().is(":")) {
                bare = true;
            } else {
                type = expression();
                if (token().is(",")) {
                    throw Errors.syntaxError("multiple exception types must be parenthesized");
                }
                if (accept("as")) {
                    name = name();
                    bindName(name);
                }
            }
            handlers.add(new Syntax.Handler(type, name, block()));
        }
        List<Stmt> orelse = handlers.isEmpty() ? List.of() : elseBlock();
        List<Stmt> finalbody = accept("finally") ? block() : null;
        if (handlers.isEmpty() && finalbody == null) {
            throw Errors.syntaxError("expected 'except' or 'finally' block");
        }
        return new Syntax.Try(body, handlers, orelse, finalbody);
    }

    private void simpleStatement(List<Stmt> into) {
        if (token().kind() != Token.Kind.KEYWORD) {
            into.add(expressionStatement());
            return;
        }
        switch (token().text()) {
            case "pass" -> next();
            case "break" -> {
                next();
                if (loops == 0) {
                    throw Errors.syntaxError("'break' outside loop");
                }
                into.add(new Syntax.Break());
            }
            case "continue" -> {
                next();
                if (loops == 0) {
                    throw Errors.syntaxError("'continue' not properly in loop");
                }
                into.add(new Syntax.Continue());
            }
            case "return" -> {
                next();
                if (functions == 0) {
                    throw Errors.syntaxError("'return' outside function");
                }
                into.add(new Syntax.Return(atStatementEnd() ? null : starExpressions()));
            }
            case "raise" -> {
                next();
                Expr exception = atStatementEnd() ? null : expression();
                into.add(new Syntax.Raise(exception, exception != null && accept("from") ? expression() : null));
            }
            case "assert" -> {
                next();
                Expr test = expression();
                into.add(new Syntax.Assert(test, accept(",") ? expression() : null));
            }
            case "del" -> {
                next();
                Expr targets = targetList();
                bindDeleted(targets);
                into.add(new Syntax.Del(targets instanceof Syntax.Tuple t ? t.elements() : List.of(targets)));
            }
            case "global", "nonlocal" -> declare(token().text());
            case "import" -> imports(into);
            case "from" -> into.add(importFrom());
            default -> into.add(expressionStatement());
        }
    }

    private void bindDeleted(Expr target) {
        if (target instanceof Syntax.Starred) {
            throw Errors.syntaxError("cannot delete starred");
        }
        if (target instanceof Syntax.Tuple t) {
            t.elements().forEach(this::bindDeleted);
        } else if (target instanceof Syntax.ListOf l) {
            l.elements().forEach(this::bindDeleted);
        } else {
            bind(target);
        }
    }

    private boolean atStatementEnd() {
        return token().kind() == Token.Kind.NEWLINE || token().is(";");
    }

    private void declare(String keyword) {
        next();
        boolean global = keyword.equals("global");
        if (!global && functions == 0) {
            throw Errors.syntaxError("nonlocal declaration not allowed at module level");
        }
        do {
            String name = name();
            if (functions > 0) {
                if (parameterNames.contains(name)) {
                    throw Errors.syntaxError("name '%s' is parameter and %s", name, keyword);
                }
                if (names.bound().contains(name)) {
                    throw Errors.syntaxError("name '%s' is assigned to before %s declaration", name, keyword);
                }
                if (used.contains(name)) {
                    throw Errors.syntaxError("name '%s' is used prior to %s declaration", name, keyword);
                }
                if ((global ? names.nonlocals() : names.globals()).contains(name)) {
                    throw Errors.syntaxError("name '%s' is nonlocal and global", name);
                }
                (global ? names.globals() : names.nonlocals()).add(name);
            } else if (names.bound().contains(name) || used.contains(name)) {
                throw Errors.syntaxError("name '%s' is assigned to before global declaration", name);
            }
        } while (accept(","));
    }

    private void imports(List<Stmt> into) {
        next();
        do {
            String module = dottedName();
            boolean renamed = accept("as");
            String name = renamed ? name() : module.substring(0, (module + ".").indexOf('.'));
            bindName(name);
            into.add(new Syntax.Import(module, name, !renamed));
        } while (accept(","));
    }

    private String dottedName() {
        StringBuilder name = new StringBuilder(name());
        while (accept(".")) {
            name.append('.').append(name());
        }
        return name.toString();
    }

    private Stmt importFrom() {
        next();
        if (token().is(".") || token().is("...")) {
            throw Stop.unsupported("relative import");
        }
        String module = dottedName();
        expect("import");
        lazyAnnotations |= module.equals("__future__") && token().text().equals("annotations");
        if (accept("*")) {
            if (functions > 0) {
                throw Errors.syntaxError("import * only allowed at module level");
            }
            return new Syntax.ImportFrom(module, List.of("*"), List.of("*"));
        }
        boolean parenthesized = accept("(");
        List<String> imported = new ArrayList<>();
        List<String> aliases = new ArrayList<>();
        do {
            if (parenthesized && !imported.isEmpty() && token().is(")")) {
                break;
            }
            imported.add(name());
            aliases.add(accept("as") ? name() : imported.getLast());
            bindName(aliases.getLast());
        } while (accept(","));
        if (parenthesized) {
            expect(")");
        }
        return new Syntax.ImportFrom(module, imported, aliases);
    }

    private Stmt expressionStatement() {
        boolean parenthesized = token().is("(");
        Expr first = starExpressions();
        Token token = token();
        if (token.kind() != Token.Kind.OPERATOR) {
            return new Syntax.ExprStmt(first);
        }
        if (token.is("=")) {
            List<Expr> targets = new ArrayList<>();
            Expr value = first;
            while (accept("=")) {
                bind(asTarget(value, "="));
                targets.add(value);
                value = starExpressions();
            }
            return new Syntax.Assign(targets, value);
        }
        if (token.is(":")) {
            if (!(first instanceof Syntax.Name || first instanceof Syntax.Attribute || first instanceof Syntax.Subscript)) {
                throw Errors.syntaxError("illegal target for annotation");
            }
            next();
            boolean simple = !parenthesized && first instanceof Syntax.Name;
            Expr written = expression();
            Expr annotation = lazyAnnotations ? new Syntax.Constant(None.NONE) : written;
            bind(first);
            return new Syntax.AnnAssign(first, annotation, accept("=") ? starExpressions() : null, simple);
        }
        String text = token.text();
        if (text.length() > 1 && text.endsWith("=")) {
            Operator operator = Operator.binary(text.substring(0, text.length() - 1));
            if (operator != null) {
                if (!(first instanceof Syntax.Name || first instanceof Syntax.Attribute
                        || first instanceof Syntax.Subscript)) {
                    throw Errors.syntaxError("illegal expression for augmented assignment");
                }
                next();
                bind(first);
                return new Syntax.AugAssign(first, operator, starExpressions());
            }
        }
        return new Syntax.ExprStmt(first);
    }
}
