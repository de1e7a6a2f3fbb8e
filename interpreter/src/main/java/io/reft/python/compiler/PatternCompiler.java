package io.reft.python.compiler;

import io.reft.python.runtime.Op;
import io.reft.python.runtime.Operator;
import io.reft.python.runtime.Stop;
import io.reft.python.syntax.Syntax;
import io.reft.python.syntax.Syntax.Pattern;
import java.util.Set;

/**
 * Compiles the patterns of {@code match}. What is matched lies in hidden variables; so does what a pattern captures, until all
 * of it has matched.
 */
abstract class PatternCompiler extends ExpressionCompiler {
    PatternCompiler(ExpressionCompiler parent, String name, boolean isFunction, Set<String> bound, Syntax.Names names) {
        super(parent, name, isFunction, bound, names);
    }

    /** Tests a variable's value, and goes to a label if it does not match; otherwise binds the pattern's names. */
    final void match(Pattern pattern, String subject, Label fail) {
        test(pattern, subject, fail);
        bind(pattern);
    }

    private void test(Pattern pattern, String subject, Label fail) {
        switch (pattern) {
            case Syntax.ValuePattern p -> {
                loadName(subject);
                expression(p.value());
                emit(Op.COMPARE, (p.identity() ? Operator.IS : Operator.EQ).ordinal());
                jump(Op.JUMP_IF_FALSE, fail);
            }
            case Syntax.CapturePattern p -> capture(p.name(), subject);
            case Syntax.StarPattern p -> capture(p.name(), subject);
            case Syntax.AsPattern p -> {
                test(p.pattern(), subject, fail);
                capture(p.name(), subject);
            }
            case Syntax.OrPattern p -> {
                Label matched = new Label();
                for (int i = 0; i < p.patterns().size(); i++) {
                    boolean last = i == p.patterns().size() - 1;
                    Label next = last ? fail : new Label();
                    test(p.patterns().get(i), subject, next);
                    if (!last) {
                        jump(Op.JUMP, matched);
                        place(next);
                    }
                }
                place(matched);
            }
            case Syntax.SequencePattern p -> sequence(p, subject, fail);
            case Syntax.MappingPattern p -> mapping(p, subject, fail);
            case Syntax.ClassPattern p -> {
                loadName(subject);
                expression(p.type());
                emit(Op.MATCH_CLASS);
                jump(Op.JUMP_IF_FALSE, fail);
                if (p.inside() != null) {
                    test(p.inside(), subject, fail);
                }
            }
        }
    }

    private void sequence(Syntax.SequencePattern p, String subject, Label fail) {
        int count = p.patterns().size();
        int star = -1;
        for (int i = 0; i < count; i++) {
            star = p.patterns().get(i) instanceof Syntax.StarPattern ? i : star;
        }
        if (count > 255) {
            throw Stop.limit("size of the code");
        }
        loadName(subject);
        emit(Op.MATCH_SEQUENCE, star < 0 ? count << 1 : (count - 1) << 1 | 1);
        jump(Op.JUMP_IF_FALSE, fail);
        loadName(subject);
        emit(star < 0 ? Op.UNPACK : Op.UNPACK_STARRED, star < 0 ? count : star << 8 | count - star - 1);
        p.items().forEach(this::storeName);
        for (int i = 0; i < count; i++) {
            test(p.patterns().get(i), p.items().get(i), fail);
        }
    }

    private void mapping(Syntax.MappingPattern p, String subject, Label fail) {
        loadName(subject);
        emit(Op.MATCH_MAPPING);
        jump(Op.JUMP_IF_FALSE, fail);
        for (int i = 0; i < p.keys().size(); i++) {
            expression(p.keys().get(i));
            loadName(subject);
            emit(Op.COMPARE, Operator.IN.ordinal());
            jump(Op.JUMP_IF_FALSE, fail);
            loadName(subject);
            expression(p.keys().get(i));
            emit(Op.SUBSCRIPT);
            storeName(p.items().get(i));
        }
        for (int i = 0; i < p.keys().size(); i++) {
            test(p.values().get(i), p.items().get(i), fail);
        }
        if (p.rest() != null) {
            emit(Op.BUILD_DICT, 0);
            loadName(subject);
            emit(Op.MERGE, 0);
            for (Syntax.Expr key : p.keys()) {
                emit(Op.DUPLICATE);
                expression(key);
                emit(Op.DELETE_SUBSCRIPT);
            }
            storeName("." + p.rest());
        }
    }

    private void capture(String name, String subject) {
        if (name != null) {
            loadName(subject);
            storeName("." + name);
        }
    }

    private void bind(Pattern pattern) {
        switch (pattern) {
            case Syntax.CapturePattern p -> bind(p.name());
            case Syntax.StarPattern p -> bind(p.name());
            case Syntax.AsPattern p -> {
                bind(p.pattern());
                bind(p.name());
            }
            // all alternatives bind the same names
            case Syntax.OrPattern p -> bind(p.patterns().getFirst());
            case Syntax.SequencePattern p -> p.patterns().forEach(this::bind);
            case Syntax.MappingPattern p -> {
                p.values().forEach(this::bind);
                bind(p.rest());
            }
            case Syntax.ClassPattern p -> {
                if (p.inside() != null) {
                    bind(p.inside());
                }
            }
            case Syntax.ValuePattern p -> {}
        }
    }

    private void bind(String name) {
        if (name != null) {
            loadName("." + name);
            storeName(name);
        }
    }
}
