package io.reft.python.syntax;

import io.reft.python.runtime.Errors;
import io.reft.python.runtime.Stop;
import io.reft.python.syntax.Syntax.Expr;
import io.reft.python.syntax.Syntax.Names;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Goes over the tokens, counts how deeply what is read is nested, and notes which names the function being read binds.
 */
abstract class TokenReader {
    /** What may stand inside each other: beyond it a run ends with LIMIT. */
    static final int MAX_NESTING = 90;

    final List<Token> tokens;
    int at;
    int nesting;
    /** Of the function being read: what it binds, and the names met so far. */
    Names names;
    Set<String> used;
    Set<String> parameterNames = Set.of();
    int functions;

    TokenReader(List<Token> tokens, Names names, Set<String> used) {
        this.tokens = tokens;
        this.names = names;
        this.used = used;
    }

    final Token token() {
        return tokens.get(at);
    }

    final Token next() {
        return tokens.get(at++);
    }

    final Token peek() {
        return tokens.get(Math.min(at + 1, tokens.size() - 1));
    }

    final boolean accept(String text) {
        if (token().is(text)) {
            at++;
            return true;
        }
        return false;
    }

    final void expect(String text) {
        if (!accept(text)) {
            throw text.equals(":") ? Errors.syntaxError("expected ':'") : Errors.syntaxError("invalid syntax");
        }
    }

    final String name() {
        if (token().kind() != Token.Kind.NAME) {
            throw Errors.syntaxError("invalid syntax");
        }
        String name = next().text();
        if (name.equals("__debug__")) {
            throw Stop.unsupported(name);
        }
        return name;
    }

    final void enter() {
        if (++nesting > MAX_NESTING) {
            throw Stop.limit("nesting of the source");
        }
    }

    // ---- what is bound

    final void bindName(String name) {
        names.bound().add(name);
    }

    /** Notes the names that a target binds. */
    final void bind(Expr target) {
        switch (target) {
            case Syntax.Name n -> bindName(n.id());
            case Syntax.Tuple t -> t.elements().forEach(this::bind);
            case Syntax.ListOf l -> l.elements().forEach(this::bind);
            case Syntax.Starred s -> bind(s.value());
            default -> {}
        }
    }

    /** Refuses what cannot be assigned to. */
    final Expr asTarget(Expr e, String where) {
        switch (e) {
            case Syntax.Name n -> {}
            case Syntax.Attribute a -> {}
            case Syntax.Subscript s -> {}
            case Syntax.Tuple t -> starredTargets(t.elements(), where);
            case Syntax.ListOf l -> starredTargets(l.elements(), where);
            case Syntax.Starred s -> throw Errors.syntaxError("starred assignment target must be in a list or tuple");
            default -> throw Errors.syntaxError("cannot assign to expression here. Maybe you meant '==' instead of '='?");
        }
        return e;
    }

    private void starredTargets(List<Expr> elements, String where) {
        int starred = 0;
        for (Expr element : elements) {
            if (element instanceof Syntax.Starred s) {
                asTarget(s.value(), where);
                starred++;
            } else {
                asTarget(element, where);
            }
        }
        if (starred > 1) {
            throw Errors.syntaxError("multiple starred expressions in assignment");
        }
    }

    final void bindParameters(Syntax.Parameters p) {
        parameterNames = new HashSet<>();
        p.positional().forEach(x -> parameterNames.add(x.name()));
        p.keywordOnly().forEach(x -> parameterNames.add(x.name()));
        if (p.args() != null) {
            parameterNames.add(p.args());
        }
        if (p.keywords() != null) {
            parameterNames.add(p.keywords());
        }
        names.bound().addAll(parameterNames);
    }
}
