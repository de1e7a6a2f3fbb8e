package io.reft.python.compiler;

import io.reft.python.runtime.Code;
import io.reft.python.runtime.None;
import io.reft.python.runtime.Op;
import io.reft.python.runtime.Stop;
import io.reft.python.syntax.Syntax;
import io.reft.python.syntax.Syntax.Expr;
import io.reft.python.syntax.Syntax.Stmt;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Set;

/**
 * Compiles statements to {@link Op} instructions, one Compiler a function. Expressions are in {@link ExpressionCompiler}.
 * A {@code finally} body is compiled once for each way out of its {@code try}, as CPython does.
 */
public final class Compiler extends PatternCompiler {
    /** What {@code break}, {@code continue} and {@code return} have to leave on their way. */
    private sealed interface Block {}

    /** A loop; {@code iterator} says that one lies on the stack. */
    private record Loop(Label start, Label end, boolean iterator) implements Block {}

    private record TryBlock() implements Block {}

    /** A try whose finally body runs on the way out. */
    private record FinallyBlock(List<Stmt> body) implements Block {}

    /** An except clause; {@code name} is its variable or null. */
    private record HandlerBlock(String name) implements Block {}

    /** A value to return that waits on the stack while a finally body runs; that body may drop it by a jump of its own. */
    private record ValueBlock() implements Block {}

    private final Deque<Block> blocks = new ArrayDeque<>();

    private Compiler(ExpressionCompiler parent, String name, boolean isFunction, Set<String> bound, Syntax.Names names) {
        super(parent, name, isFunction, bound, names);
    }

    /** Compiles a whole program. */
    public static Code program(List<Stmt> body) {
        Compiler compiler = new Compiler(null, "<module>", false, Set.of(), null);
        compiler.block(body);
        compiler.constant(None.NONE);
        compiler.emit(Op.RETURN);
        return compiler.finish(null);
    }

    /** Compiles a function's body. */
    static Code function(ExpressionCompiler parent, Syntax.Def def) {
        Compiler compiler = new Compiler(parent, def.name(), true, def.names().bound(), def.names());
        compiler.declare(def.parameters());
        compiler.block(def.body());
        compiler.constant(None.NONE);
        compiler.emit(Op.RETURN);
        return compiler.finish(def.parameters());
    }

    private void block(List<Stmt> body) {
        for (Stmt s : body) {
            int pushes = pushes();
            statement(s);
            resetPushes(pushes);
        }
    }

    private void statement(Stmt statement) {
        switch (statement) {
            case Syntax.ExprStmt s -> {
                if (!(s.value() instanceof Syntax.Constant)) {
                    expression(s.value());
                    emit(Op.POP);
                }
            }
            case Syntax.Assign s -> {
                expression(s.value());
                for (int i = 0; i < s.targets().size(); i++) {
                    if (i < s.targets().size() - 1) {
                        emit(Op.DUPLICATE);
                    }
                    store(s.targets().get(i));
                }
            }
            case Syntax.AugAssign s -> augmented(s);
            case Syntax.AnnAssign s -> annotated(s);
            case Syntax.If s -> {
                Label end = new Label();
                for (int i = 0; i < s.tests().size(); i++) {
                    Label next = new Label();
                    branch(s.tests().get(i), false, next);
                    block(s.bodies().get(i));
                    if (i < s.tests().size() - 1 || !s.orelse().isEmpty()) {
                        jump(Op.JUMP, end);
                    }
                    place(next);
                }
                block(s.orelse());
                place(end);
            }
            case Syntax.While s -> {
                Label start = new Label();
                Label end = new Label();
                Label orelse = new Label();
                place(start);
                branch(s.test(), false, orelse);
                blocks.push(new Loop(start, end, false));
                block(s.body());
                blocks.pop();
                jump(Op.JUMP_BACK, start);
                place(orelse);
                block(s.orelse());
                place(end);
            }
            case Syntax.For s -> {
                Label start = new Label();
                Label end = new Label();
                Label orelse = new Label();
                iterable(s.iterable());
                place(start);
                jump(Op.FOR, orelse);
                store(s.target());
                blocks.push(new Loop(start, end, true));
                block(s.body());
                blocks.pop();
                jump(Op.JUMP_BACK, start);
                place(orelse);
                block(s.orelse());
                place(end);
            }
            case Syntax.Def s -> {
                s.decorators().forEach(this::expression);
                s.parameters().annotations().forEach(this::evaluateAndForget);
                if (s.returns() != null) {
                    evaluateAndForget(s.returns());
                }
                makeFunction(s.parameters(), Compiler.function(this, s));
                s.decorators().forEach(decorator -> emit(Op.CALL, 1));
                storeName(s.name());
            }
            case Syntax.Return s -> {
                if (s.value() == null) {
                    constant(None.NONE);
                } else {
                    expression(s.value());
                }
                unwind(null);
                emit(Op.RETURN);
            }
            case Syntax.Raise s -> {
                int count = 0;
                if (s.exception() != null) {
                    expression(s.exception());
                    count++;
                }
                if (s.cause() != null) {
                    expression(s.cause());
                    count++;
                }
                emit(Op.RAISE, count);
            }
            case Syntax.Try s -> tryStatement(s);
            case Syntax.Assert s -> {
                Label end = new Label();
                branch(s.test(), true, end);
                if (s.message() != null) {
                    expression(s.message());
                }
                emit(Op.RAISE_ASSERTION, s.message() == null ? 0 : 1);
                place(end);
            }
            case Syntax.Del s -> s.targets().forEach(this::delete);
            case Syntax.Import s -> {
                emit(Op.IMPORT, name(s.module()));
                storeName(s.name());
            }
            case Syntax.ImportFrom s -> {
                emit(Op.IMPORT, name(s.module()));
                if (s.names().getFirst().equals("*")) {
                    emit(Op.IMPORT_STAR);
                    return;
                }
                for (int i = 0; i < s.names().size(); i++) {
                    emit(Op.IMPORT_FROM, name(s.names().get(i)));
                    storeName(s.aliases().get(i));
                }
                emit(Op.POP);
            }
            case Syntax.Match s -> {
                expression(s.value());
                storeName(s.subject());
                Label end = new Label();
                for (Syntax.Case c : s.cases()) {
                    Label next = new Label();
                    match(c.pattern(), s.subject(), next);
                    if (c.guard() != null) {
                        branch(c.guard(), false, next);
                    }
                    block(c.body());
                    jump(Op.JUMP, end);
                    place(next);
                }
                place(end);
            }
            case Syntax.Break s -> leaveLoop(true);
            case Syntax.Continue s -> leaveLoop(false);
        }
    }

    private void evaluateAndForget(Expr e) {
        expression(e);
        emit(Op.POP);
    }

    private void augmented(Syntax.AugAssign s) {
        switch (s.target()) {
            case Syntax.Name n -> {
                loadName(n.id());
                expression(s.value());
                emit(Op.IN_PLACE, s.operator().ordinal());
                storeName(n.id());
            }
            case Syntax.Subscript t -> {
                expression(t.value());
                expression(t.index());
                emit(Op.DUPLICATE_TWO);
                emit(Op.SUBSCRIPT);
                expression(s.value());
                emit(Op.IN_PLACE, s.operator().ordinal());
                emit(Op.ROTATE_THREE);
                emit(Op.STORE_SUBSCRIPT);
            }
            case Syntax.Attribute t -> {
                expression(t.value());
                emit(Op.DUPLICATE);
                emit(Op.LOAD_ATTRIBUTE, name(t.name()));
                expression(s.value());
                emit(Op.IN_PLACE, s.operator().ordinal());
                emit(Op.ROTATE_TWO);
                emit(Op.STORE_ATTRIBUTE, name(t.name()));
            }
            default -> throw new IllegalStateException("the parser let through a target");
        }
    }

    /** A variable's annotation is evaluated at the top level only, or where the target is not a plain name. */
    private void annotated(Syntax.AnnAssign s) {
        if (s.value() != null) {
            expression(s.value());
            store(s.target());
        } else if (s.target() instanceof Syntax.Attribute a) {
            evaluateAndForget(a.value());
        } else if (s.target() instanceof Syntax.Subscript t) {
            evaluateAndForget(t.value());
            evaluateAndForget(t.index());
        }
        if (!isFunction() && s.simple()) {
            evaluateAndForget(s.annotation());
        }
    }

    private void delete(Expr target) {
        switch (target) {
            case Syntax.Name n -> deleteName(n.id());
            case Syntax.Subscript s -> {
                expression(s.value());
                expression(s.index());
                emit(Op.DELETE_SUBSCRIPT);
            }
            case Syntax.Tuple t -> t.elements().forEach(this::delete);
            case Syntax.ListOf l -> l.elements().forEach(this::delete);
            default -> throw Stop.unsupported("deleting an attribute");
        }
    }

    private void tryStatement(Syntax.Try s) {
        if (s.finalbody() == null) {
            tryExcept(s);
            return;
        }
        Label handler = new Label();
        Label end = new Label();
        jump(Op.TRY, handler);
        blocks.push(new FinallyBlock(s.finalbody()));
        if (s.handlers().isEmpty()) {
            block(s.body());
        } else {
            tryExcept(s);
        }
        blocks.pop();
        emit(Op.END_TRY);
        block(s.finalbody());
        jump(Op.JUMP, end);
        place(handler);
        blocks.push(new HandlerBlock(null));
        block(s.finalbody());
        blocks.pop();
        emit(Op.RAISE_AGAIN);
        place(end);
    }

    private void tryExcept(Syntax.Try s) {
        Label handlers = new Label();
        Label end = new Label();
        jump(Op.TRY, handlers);
        blocks.push(new TryBlock());
        block(s.body());
        blocks.pop();
        emit(Op.END_TRY);
        block(s.orelse());
        jump(Op.JUMP, end);
        place(handlers);
        for (Syntax.Handler h : s.handlers()) {
            Label next = new Label();
            if (h.type() != null) {
                expression(h.type());
                emit(Op.MATCH_EXCEPTION);
                jump(Op.JUMP_IF_FALSE, next);
            }
            if (h.name() == null) {
                blocks.push(new HandlerBlock(null));
                block(h.body());
                blocks.pop();
                emit(Op.END_HANDLER);
                jump(Op.JUMP, end);
            } else {
                // the name lives as long as the clause, however that is left
                Label cleanup = new Label();
                emit(Op.LOAD_HANDLED);
                storeName(h.name());
                jump(Op.TRY, cleanup);
                blocks.push(new HandlerBlock(h.name()));
                block(h.body());
                blocks.pop();
                emit(Op.END_TRY);
                forget(h.name());
                emit(Op.END_HANDLER);
                jump(Op.JUMP, end);
                place(cleanup);
                forget(h.name());
                emit(Op.RAISE_AGAIN);
            }
            place(next);
        }
        emit(Op.RAISE_AGAIN);
        place(end);
    }

    private void forget(String name) {
        constant(None.NONE);
        storeName(name);
        deleteName(name);
    }

    private void leaveLoop(boolean isBreak) {
        Loop loop = (Loop) blocks.stream().filter(b -> b instanceof Loop).findFirst().orElseThrow();
        unwind(loop);
        if (isBreak) {
            if (loop.iterator()) {
                emit(Op.POP);
            }
            jump(Op.JUMP, loop.end());
        } else {
            jump(Op.JUMP_BACK, loop.start());
        }
    }

    /**
     * Leaves all blocks inside a loop, or all there are, to return the value on the stack: ends tries and handlers, runs
     * finally bodies.
     */
    private void unwind(Loop until) {
        Deque<Block> left = new ArrayDeque<>();
        while (!blocks.isEmpty() && blocks.peek() != until) {
            Block block = blocks.pop();
            left.push(block);
            switch (block) {
                case Loop l -> {}
                case TryBlock t -> emit(Op.END_TRY);
                case FinallyBlock f -> {
                    emit(Op.END_TRY);
                    if (until == null) {
                        blocks.push(new ValueBlock());
                        block(f.body());
                        blocks.pop();
                    } else {
                        block(f.body());
                    }
                }
                case ValueBlock v -> {
                    if (until == null) {
                        emit(Op.ROTATE_TWO);
                    }
                    emit(Op.POP);
                }
                case HandlerBlock h -> {
                    if (h.name() != null) {
                        emit(Op.END_TRY);
                        forget(h.name());
                    }
                    emit(Op.END_HANDLER);
                }
            }
        }
        while (!left.isEmpty()) {
            blocks.push(left.pop());
        }
    }
}
