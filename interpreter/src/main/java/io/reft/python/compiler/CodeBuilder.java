package io.reft.python.compiler;

import io.reft.python.runtime.Code;
import io.reft.python.runtime.Errors;
import io.reft.python.runtime.Op;
import io.reft.python.runtime.Stop;
import io.reft.python.syntax.Syntax;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Gathers one function's instructions, constants and variables. Names are resolved as they come: a variable that turns out
 * to be shared with an inner function gets its instructions rewritten from LOCAL to CELL at the end.
 */
abstract class CodeBuilder {
    private static final int MAX_CODE = 1 << 18;

    /** A place in the code that jumps lead to. */
    static final class Label {
        int at = -1;
        int[] jumps = {};
    }

    private static final int UNRESOLVED = -1;

    private final CodeBuilder parent;
    private final String name;
    private final String qualname;
    private final boolean isFunction;
    final boolean isComprehension;
    private final Syntax.Names names;
    private final Set<String> bound;
    private final Map<String, Integer> variables = new LinkedHashMap<>();
    private final List<Boolean> shared = new ArrayList<>();
    /** Slots that take cells of the parent, and the parent's slots. */
    private final List<int[]> captured = new ArrayList<>();
    private int[] code = new int[64];
    private int length;
    final List<Object> constants = new ArrayList<>();
    private final Map<String, Integer> nameIndex = new HashMap<>();
    private int pushes;
    private int highest;

    CodeBuilder(CodeBuilder parent, String name, boolean isFunction, Set<String> bound, Syntax.Names names) {
        this.parent = parent;
        this.name = name;
        this.isFunction = isFunction;
        this.isComprehension = names == null && isFunction;
        this.names = names;
        this.qualname = parent == null || !parent.isFunction ? name : parent.qualname + ".<locals>." + name;
        this.bound = bound;
    }

    /** Gives slots to the parameters, in the order in which a call fills them, and then to the other variables. */
    final void declare(Syntax.Parameters p) {
        if (p != null) {
            p.positional().forEach(x -> variable(x.name()));
            p.keywordOnly().forEach(x -> variable(x.name()));
            if (p.args() != null) {
                variable(p.args());
            }
            if (p.keywords() != null) {
                variable(p.keywords());
            }
        }
        for (String id : bound) {
            if (names == null || !names.globals().contains(id) && !names.nonlocals().contains(id)) {
                variable(id);
            }
        }
        if (names != null) {
            for (String nonlocal : names.nonlocals()) {
                if (resolve(nonlocal) == UNRESOLVED) {
                    throw Errors.syntaxError("no binding for nonlocal '%s' found", nonlocal);
                }
            }
        }
    }

    private int variable(String id) {
        Integer slot = variables.get(id);
        if (slot == null) {
            slot = variables.size();
            variables.put(id, slot);
            shared.add(false);
        }
        return slot;
    }

    final boolean isFunction() {
        return isFunction;
    }

    final int pushes() {
        return pushes;
    }

    final void resetPushes(int value) {
        pushes = value;
    }

    // ---- emitting

    final void emit(int op) {
        emit(op, 0);
    }

    final void emit(int op, int argument) {
        if (length == code.length) {
            if (length >= MAX_CODE) {
                throw Stop.limit("size of the code");
            }
            code = Arrays.copyOf(code, length * 2);
        }
        code[length++] = argument << 8 | op;
        // an upper bound of the stack's height: what is popped again is given back at each statement's end
        pushes += switch (op) {
            case Op.DUPLICATE_TWO -> 2;
            case Op.UNPACK -> argument;
            case Op.UNPACK_STARRED -> (argument >> 8) + (argument & 255) + 1;
            case Op.POP, Op.STORE_LOCAL, Op.STORE_GLOBAL, Op.STORE_CELL, Op.JUMP, Op.JUMP_BACK, Op.RETURN, Op.BINARY,
                    Op.COMPARE, Op.UNARY, Op.JUMP_IF_FALSE, Op.JUMP_IF_TRUE, Op.CALL_METHOD, Op.LOAD_ATTRIBUTE,
                    Op.ROTATE_TWO, Op.ROTATE_THREE, Op.APPEND, Op.ADD_ENTRY, Op.END_TRY, Op.TRY -> 0;
            default -> 1;
        };
        highest = Math.max(highest, pushes);
    }

    final void jump(int op, Label label) {
        label.jumps = Arrays.copyOf(label.jumps, label.jumps.length + 1);
        label.jumps[label.jumps.length - 1] = length;
        emit(op, Math.max(label.at, 0));
    }

    final void place(Label label) {
        label.at = length;
        for (int jump : label.jumps) {
            code[jump] |= length << 8;
        }
    }

    final void constant(Object value) {
        constants.add(value);
        emit(Op.LOAD_CONST, constants.size() - 1);
    }

    final int name(String id) {
        Integer index = nameIndex.get(id);
        if (index == null) {
            index = nameIndex.size();
            nameIndex.put(id, index);
        }
        return index;
    }

    // ---- names

    /** The variable's slot in this function, taken from an enclosing one if need be; UNRESOLVED if it is global. */
    private int resolve(String id) {
        Integer slot = variables.get(id);
        if (slot != null) {
            return slot;
        }
        if (!isFunction || names != null && names.globals().contains(id)) {
            return UNRESOLVED;
        }
        int outer = parent.resolve(id);
        if (outer == UNRESOLVED) {
            return UNRESOLVED;
        }
        parent.shared.set(outer, true);
        int own = variable(id);
        shared.set(own, true);
        captured.add(new int[] {own, outer});
        return own;
    }

    final void loadName(String id) {
        access(id, Op.LOAD_LOCAL, Op.LOAD_GLOBAL);
    }

    final void storeName(String id) {
        access(id, Op.STORE_LOCAL, Op.STORE_GLOBAL);
    }

    final void deleteName(String id) {
        access(id, Op.DELETE_LOCAL, Op.DELETE_GLOBAL);
    }

    private void access(String id, int local, int global) {
        int slot = resolve(id);
        if (slot == UNRESOLVED) {
            emit(global, name(id));
        } else {
            emit(local, slot);
        }
    }

    // ---- the end

    final Code finish(Syntax.Parameters p) {
        return finish(p, names != null && names.generator()[0]);
    }

    /** Rewrites the accesses to shared variables, and packs everything up. */
    final Code finish(Syntax.Parameters p, boolean generator) {
        int slots = variables.size();
        for (int i = 0; i < length; i++) {
            int op = code[i] & 255;
            if (op >= Op.LOAD_LOCAL && op <= Op.DELETE_LOCAL && shared.get(code[i] >>> 8)) {
                code[i] += Op.LOAD_CELL - Op.LOAD_LOCAL;
            }
        }
        boolean[] taken = new boolean[slots];
        captured.forEach(c -> taken[c[0]] = true);
        int positional = p == null ? 0 : p.positional().size();
        int keywordOnly = p == null ? 0 : p.keywordOnly().size();
        int filled = positional + keywordOnly;
        int args = p != null && p.args() != null ? filled++ : -1;
        int keywords = p != null && p.keywords() != null ? filled++ : -1;
        List<Integer> cells = new ArrayList<>();
        List<Integer> owned = new ArrayList<>();
        for (int i = 0; i < slots; i++) {
            if (shared.get(i) && !taken[i]) {
                (i < filled ? cells : owned).add(i);
            }
        }
        String[] nameTable = new String[nameIndex.size()];
        nameIndex.forEach((id, index) -> nameTable[index] = id);
        return new Code(name, qualname, Arrays.copyOf(code, length), constants.toArray(), nameTable,
                variables.keySet().toArray(String[]::new), slots + highest + 2, ints(cells), ints(owned),
                captured.stream().mapToInt(c -> c[0]).toArray(), captured.stream().mapToInt(c -> c[1]).toArray(), positional,
                p == null ? 0 : p.positionalOnly(),
                keywordOnly, args, keywords, generator);
    }

    private static int[] ints(List<Integer> list) {
        return list.stream().mapToInt(Integer::intValue).toArray();
    }
}
