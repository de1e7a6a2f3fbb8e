package io.reft.python.compiler;

import io.reft.python.runtime.Code;
import io.reft.python.runtime.Errors;
import io.reft.python.runtime.FunctionTemplate;
import io.reft.python.runtime.None;
import io.reft.python.runtime.Op;
import io.reft.python.runtime.Operator;
import io.reft.python.runtime.Stop;
import io.reft.python.syntax.Syntax;
import io.reft.python.syntax.Syntax.Expr;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;

/** Compiles expressions, and the targets of assignments. */
class ExpressionCompiler extends CodeBuilder {
    ExpressionCompiler(ExpressionCompiler parent, String name, boolean isFunction, Set<String> bound, Syntax.Names names) {
        super(parent, name, isFunction, bound, names);
    }

    final void store(Expr target) {
        switch (target) {
            case Syntax.Name n -> storeName(n.id());
            case Syntax.Subscript s -> {
                expression(s.value());
                expression(s.index());
                emit(Op.STORE_SUBSCRIPT);
            }
            case Syntax.Attribute a -> {
                expression(a.value());
                emit(Op.STORE_ATTRIBUTE, name(a.name()));
            }
            case Syntax.Tuple t -> unpack(t.elements());
            case Syntax.ListOf l -> unpack(l.elements());
            default -> throw Errors.syntaxError("cannot assign to expression");
        }
    }

    private void unpack(List<Expr> targets) {
        int star = -1;
        for (int i = 0; i < targets.size(); i++) {
            star = targets.get(i) instanceof Syntax.Starred ? i : star;
        }
        if (targets.size() > 255) {
            throw Stop.limit("size of the code");
        }
        if (star < 0) {
            emit(Op.UNPACK, targets.size());
        } else {
            emit(Op.UNPACK_STARRED, star << 8 | targets.size() - star - 1);
        }
        for (Expr t : targets) {
            store(t instanceof Syntax.Starred s ? s.value() : t);
        }
    }

    // ---- expressions

    final void expression(Expr expr) {
        switch (expr) {
            case Syntax.Constant e -> constant(e.value());
            case Syntax.Name e -> loadName(e.id());
            case Syntax.Binary e -> binary(e);
            case Syntax.Unary e -> {
                if (e.operator() == Operator.NEGATIVE && e.operand() instanceof Syntax.Constant c) {
                    if (c.value() instanceof Double d) {
                        constant(-d);
                        return;
                    } else if (c.value() instanceof Long l && l != Long.MIN_VALUE) {
                        constant(-l);
                        return;
                    }
                }
                expression(e.operand());
                emit(Op.UNARY, e.operator().ordinal());
            }
            case Syntax.BoolOp e -> {
                Label end = new Label();
                for (int i = 0; i < e.values().size(); i++) {
                    expression(e.values().get(i));
                    if (i < e.values().size() - 1) {
                        jump(e.and() ? Op.JUMP_IF_FALSE_OR_POP : Op.JUMP_IF_TRUE_OR_POP, end);
                    }
                }
                place(end);
            }
            case Syntax.Compare e -> compare(e);
            case Syntax.Conditional e -> {
                Label orelse = new Label();
                Label end = new Label();
                branch(e.test(), false, orelse);
                expression(e.body());
                jump(Op.JUMP, end);
                place(orelse);
                expression(e.orelse());
                place(end);
            }
            case Syntax.Call e -> call(e);
            case Syntax.Attribute e -> {
                expression(e.value());
                emit(Op.LOAD_ATTRIBUTE, name(e.name()));
            }
            case Syntax.Subscript e -> {
                expression(e.value());
                expression(e.index());
                emit(Op.SUBSCRIPT);
            }
            case Syntax.Slice e -> {
                orNone(e.lower());
                orNone(e.upper());
                orNone(e.step());
                emit(Op.BUILD_SLICE);
            }
            case Syntax.Tuple e -> {
                if (hasStar(e.elements())) {
                    starredList(e.elements(), Op.BUILD_LIST);
                    emit(Op.LIST_TO_TUPLE);
                } else {
                    e.elements().forEach(this::expression);
                    emit(Op.BUILD_TUPLE, e.elements().size());
                }
            }
            case Syntax.ListOf e -> display(e.elements(), Op.BUILD_LIST);
            case Syntax.SetOf e -> set(e.elements());
            case Syntax.DictOf e -> dict(e);
            case Syntax.Starred e -> throw Errors.syntaxError("can't use starred expression here");
            case Syntax.Lambda e -> {
                ExpressionCompiler inner = new ExpressionCompiler(this, "<lambda>", true, e.names().bound(), e.names());
                inner.declare(e.parameters());
                inner.expression(e.body());
                inner.emit(Op.RETURN);
                makeFunction(e.parameters(), inner.finish(e.parameters()));
            }
            case Syntax.Comprehension e -> comprehension(e);
            case Syntax.NamedExpr e -> {
                expression(e.value());
                emit(Op.DUPLICATE);
                storeName(e.name());
            }
            case Syntax.Joined e -> {
                for (Expr part : e.parts()) {
                    expression(part);
                }
                if (e.parts().size() != 1) {
                    emit(Op.BUILD_STRING, e.parts().size());
                }
            }
            case Syntax.Formatted e -> {
                expression(e.value());
                if (e.spec() == null) {
                    constant("");
                } else {
                    expression(e.spec());
                }
                emit(Op.FORMAT, e.conversion());
            }
            case Syntax.Yield e -> {
                yieldInComprehension();
                expression(e.value());
                emit(Op.YIELD);
            }
            case Syntax.YieldFrom e -> {
                yieldInComprehension();
                expression(e.value());
                emit(Op.GET_ITERATOR);
                emit(Op.YIELD_FROM);
            }
        }
    }

    private void yieldInComprehension() {
        if (isComprehension) {
            throw Errors.syntaxError("'yield' inside list comprehension");
        }
    }

    /** The left spine of {@code a + b + c + …} may be long, so it is walked in a loop. */
    private void binary(Syntax.Binary e) {
        List<Syntax.Binary> spine = new ArrayList<>();
        Expr left = e;
        while (left instanceof Syntax.Binary b) {
            spine.add(b);
            left = b.left();
        }
        expression(left);
        for (int i = spine.size() - 1; i >= 0; i--) {
            expression(spine.get(i).right());
            emit(Op.BINARY, spine.get(i).operator().ordinal());
        }
    }

    private void compare(Syntax.Compare e) {
        expression(e.first());
        Label cleanup = new Label();
        Label end = new Label();
        int last = e.rest().size() - 1;
        for (int i = 0; i < last; i++) {
            expression(e.rest().get(i));
            emit(Op.DUPLICATE);
            emit(Op.ROTATE_THREE);
            emit(Op.COMPARE, e.operators().get(i).ordinal());
            jump(Op.JUMP_IF_FALSE_OR_POP, cleanup);
        }
        expression(e.rest().get(last));
        emit(Op.COMPARE, e.operators().get(last).ordinal());
        if (last > 0) {
            jump(Op.JUMP, end);
            place(cleanup);
            emit(Op.ROTATE_TWO);
            emit(Op.POP);
            place(end);
        }
    }

    /** Jumps if the expression's truth is as asked, and falls through otherwise. */
    final void branch(Expr test, boolean when, Label target) {
        if (test instanceof Syntax.Unary u && u.operator() == Operator.NOT) {
            branch(u.operand(), !when, target);
        } else if (test instanceof Syntax.BoolOp b) {
            Label past = new Label();
            for (int i = 0; i < b.values().size(); i++) {
                boolean decides = i == b.values().size() - 1 || b.and() != when;
                branch(b.values().get(i), decides ? when : !when, decides ? target : past);
            }
            place(past);
        } else {
            expression(test);
            jump(when ? Op.JUMP_IF_TRUE : Op.JUMP_IF_FALSE, target);
        }
    }

    private void orNone(Expr e) {
        if (e == null) {
            constant(None.NONE);
        } else {
            expression(e);
        }
    }

    private static boolean hasStar(List<Expr> elements) {
        return elements.stream().anyMatch(e -> e instanceof Syntax.Starred);
    }

    private void display(List<Expr> elements, int build) {
        if (hasStar(elements)) {
            starredList(elements, build);
        } else {
            elements.forEach(this::expression);
            emit(build, elements.size());
        }
    }

    private void starredList(List<Expr> elements, int build) {
        int plain = 0;
        while (!(elements.get(plain) instanceof Syntax.Starred)) {
            expression(elements.get(plain++));
        }
        emit(build, plain);
        for (Expr e : elements.subList(plain, elements.size())) {
            if (e instanceof Syntax.Starred s) {
                expression(s.value());
                emit(Op.EXTEND);
            } else {
                expression(e);
                emit(Op.APPEND, 1);
            }
        }
    }

    /** CPython makes a set of three or more constants in another way, which shows in its order. */
    private void set(List<Expr> elements) {
        if (elements.size() > 2 && elements.stream().allMatch(ExpressionCompiler::isConstant)) {
            elements.forEach(this::expression);
            emit(Op.BUILD_CONSTANT_SET, elements.size() << 1);
        } else {
            display(elements, Op.BUILD_SET);
        }
    }

    /** What {@code for} goes over; of a set of constants CPython makes one less copy there. */
    final void iterable(Expr e) {
        if (e instanceof Syntax.SetOf s && s.elements().stream().allMatch(ExpressionCompiler::isConstant)) {
            s.elements().forEach(this::expression);
            emit(Op.BUILD_CONSTANT_SET, s.elements().size() << 1 | 1);
        } else {
            expression(e);
        }
        emit(Op.GET_ITERATOR);
    }

    private static boolean isConstant(Expr e) {
        return switch (e) {
            case Syntax.Constant c -> true;
            case Syntax.Unary u -> u.operator() != Operator.NOT && isConstant(u.operand());
            case Syntax.Binary b -> isConstant(b.left()) && isConstant(b.right());
            case Syntax.Tuple t -> t.elements().stream().allMatch(ExpressionCompiler::isConstant);
            default -> false;
        };
    }

    private void dict(Syntax.DictOf e) {
        if (e.keys().stream().noneMatch(Objects::isNull)) {
            for (int i = 0; i < e.keys().size(); i++) {
                expression(e.keys().get(i));
                expression(e.values().get(i));
            }
            emit(Op.BUILD_DICT, e.keys().size());
            return;
        }
        emit(Op.BUILD_DICT, 0);
        for (int i = 0; i < e.keys().size(); i++) {
            if (e.keys().get(i) == null) {
                expression(e.values().get(i));
                emit(Op.MERGE, 0);
            } else {
                expression(e.keys().get(i));
                expression(e.values().get(i));
                emit(Op.ADD_ENTRY, 1);
            }
        }
    }

    private void call(Syntax.Call e) {
        boolean plain = true;
        int named = 0;
        for (Syntax.Argument a : e.arguments()) {
            plain &= a.stars() == 0;
            named += a.name() != null ? 1 : 0;
        }
        int count = e.arguments().size();
        if (plain && named == 0 && e.function() instanceof Syntax.Attribute method) {
            expression(method.value());
            emit(Op.LOAD_METHOD, name(method.name()));
            e.arguments().forEach(a -> expression(a.value()));
            emit(Op.CALL_METHOD, count);
            return;
        }
        expression(e.function());
        if (plain) {
            e.arguments().forEach(a -> expression(a.value()));
            if (named == 0) {
                emit(Op.CALL, count);
            } else {
                constants.add(new Object[] {count, e.arguments().stream().map(Syntax.Argument::name)
                        .filter(Objects::nonNull).toArray(String[]::new)});
                emit(Op.CALL_NAMED, constants.size() - 1);
            }
            return;
        }
        emit(Op.BUILD_LIST, 0);
        for (Syntax.Argument a : e.arguments()) {
            if (a.stars() == 1) {
                expression(a.value());
                emit(Op.EXTEND);
            } else if (a.stars() == 0 && a.name() == null) {
                expression(a.value());
                emit(Op.APPEND, 1);
            }
        }
        emit(Op.BUILD_DICT, 0);
        for (Syntax.Argument a : e.arguments()) {
            if (a.stars() == 2) {
                expression(a.value());
                emit(Op.MERGE, 1);
            } else if (a.name() != null) {
                emit(Op.BUILD_DICT, 0);
                constant(a.name());
                expression(a.value());
                emit(Op.ADD_ENTRY, 1);
                emit(Op.MERGE, 1);
            }
        }
        emit(Op.CALL_UNPACKED);
    }

    private void comprehension(Syntax.Comprehension e) {
        Set<String> targets = new java.util.LinkedHashSet<>();
        targets.add(".0");
        e.clauses().forEach(c -> targets(c.target(), targets));
        String title = switch (e.kind()) {
            case LIST -> "<listcomp>";
            case SET -> "<setcomp>";
            case DICT -> "<dictcomp>";
            case GENERATOR -> "<genexpr>";
        };
        ExpressionCompiler inner = new ExpressionCompiler(this, title, true, targets, null);
        Syntax.Parameters parameters = new Syntax.Parameters(List.of(new Syntax.Parameter(".0", null)), 0, null, List.of(),
                null, List.of());
        inner.declare(parameters);
        switch (e.kind()) {
            case LIST -> inner.emit(Op.BUILD_LIST, 0);
            case SET -> inner.emit(Op.BUILD_SET, 0);
            case DICT -> inner.emit(Op.BUILD_DICT, 0);
            case GENERATOR -> {}
        }
        inner.clause(e, 0);
        if (e.kind() == Syntax.Kind.GENERATOR) {
            inner.constant(None.NONE);
        }
        inner.emit(Op.RETURN);
        makeFunction(parameters, inner.finish(parameters, e.kind() == Syntax.Kind.GENERATOR));
        iterable(e.clauses().getFirst().iterable());
        emit(Op.CALL, 1);
    }

    private void clause(Syntax.Comprehension e, int depth) {
        if (depth == e.clauses().size()) {
            expression(e.element());
            switch (e.kind()) {
                case LIST, SET -> emit(Op.APPEND, depth + 1);
                case DICT -> {
                    expression(e.value());
                    emit(Op.ADD_ENTRY, depth + 1);
                }
                case GENERATOR -> {
                    emit(Op.YIELD);
                    emit(Op.POP);
                }
            }
            return;
        }
        Syntax.Clause clause = e.clauses().get(depth);
        if (depth == 0) {
            emit(Op.LOAD_LOCAL, 0);
        } else {
            iterable(clause.iterable());
        }
        Label start = new Label();
        Label end = new Label();
        Label skip = new Label();
        place(start);
        jump(Op.FOR, end);
        store(clause.target());
        for (Expr condition : clause.conditions()) {
            branch(condition, false, skip);
        }
        clause(e, depth + 1);
        place(skip);
        jump(Op.JUMP_BACK, start);
        place(end);
    }

    private static void targets(Expr target, Set<String> into) {
        switch (target) {
            case Syntax.Name n -> into.add(n.id());
            case Syntax.Tuple t -> t.elements().forEach(x -> targets(x, into));
            case Syntax.ListOf l -> l.elements().forEach(x -> targets(x, into));
            case Syntax.Starred s -> targets(s.value(), into);
            default -> {}
        }
    }

    /** Evaluates the defaults and makes the function out of its compiled code. */
    final void makeFunction(Syntax.Parameters p, Code compiled) {
        int initials = 0;
        for (Syntax.Parameter x : p.positional()) {
            if (x.initial() != null) {
                expression(x.initial());
                initials++;
            }
        }
        boolean[] keywordInitials = new boolean[p.keywordOnly().size()];
        for (int i = 0; i < keywordInitials.length; i++) {
            Expr initial = p.keywordOnly().get(i).initial();
            if (initial != null) {
                expression(initial);
                keywordInitials[i] = true;
            }
        }
        constants.add(new FunctionTemplate(compiled, initials, keywordInitials));
        emit(Op.MAKE_FUNCTION, constants.size() - 1);
    }
}
