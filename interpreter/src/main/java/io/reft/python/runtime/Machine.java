package io.reft.python.runtime;

import io.reft.python.runtime.PyFunction.Cell;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;

/**
 * One run of one program: its budgets, its globals, and the loop that executes instructions. Python calls lie in
 * {@link Frame}s on the heap, so deep recursion does not deepen Java's stack; only a built-in that calls back does, and
 * {@link #enter} bounds that.
 */
public final class Machine {
    /** How far Java may recurse: repr or comparison of nested lists, sorted(key=…) inside sorted(key=…). */
    private static final int MAX_NESTING = 120;
    /** Calls inside one another, whatever the program sets as its recursion limit, and the slots of all their frames. */
    private static final int MAX_CALLS = 20_000;
    private static final int MAX_SLOTS = 4 << 20;

    final Budget budget;
    public final Library library;
    public final Map<String, Object> globals = new HashMap<>();
    public final DecimalContext decimal = new DecimalContext();
    private long steps;
    private long bytes;
    private int depth;
    private int slotsInUse;
    private int recursionLimit;
    private int nesting;

    public Machine(Budget budget, Library library) {
        this.budget = budget;
        this.library = library;
        this.steps = budget.steps();
        this.bytes = budget.bytes();
        this.recursionLimit = budget.depth();
    }

    // ---- budgets

    /** Steps and bytes that are left. */
    public long stepsLeft() {
        return steps;
    }

    public long bytesLeft() {
        return bytes;
    }

    /** Takes steps from the budget. */
    public void charge(long count) {
        if ((steps -= count) < 0) {
            steps = 0;
            throw Stop.limit("steps");
        }
    }

    /** Takes bytes from the budget, before they are allocated. */
    public void allocate(long count) {
        if ((bytes -= count) < 0) {
            bytes = 0;
            throw Stop.limit("bytes");
        }
    }

    /** Charges for so many slots, each with a small value in it, and gives the number as an int. */
    public int slots(long count) {
        allocate(24 * count + 16);
        charge(count >> 4);
        return (int) count;
    }

    /** Charges for a string of so many characters, and gives the number as an int. */
    public int text(long length) {
        allocate(2 * length + 40);
        charge(length >> 4);
        return (int) length;
    }

    /** Charges for an integer of so many bits, before it is computed. */
    public void bits(long count) {
        if (count > budget.intBits()) {
            throw Stop.limit("size of an integer");
        }
        allocate((count >> 3) + 32);
        charge(count >> 9);
    }

    /** Notes that Java recurses. */
    public void enter() {
        if (++nesting > MAX_NESTING) {
            throw Stop.limit("depth");
        }
    }

    public void leave() {
        nesting--;
    }

    public int nesting() {
        return nesting;
    }

    /** Goes back to a level, after something was thrown through calls that did not leave. */
    public void nesting(int level) {
        nesting = level;
    }

    /** The next value of an iterator, or null; charged. */
    public Object next(PyIterator iterator) {
        charge(1);
        return iterator.next(this);
    }

    public PyList newList() {
        allocate(40);
        return new PyList();
    }

    public PyDict newDict() {
        allocate(360);
        return new PyDict();
    }

    public PySet newSet(boolean frozen) {
        allocate(240);
        return new PySet(frozen);
    }

    public PyTuple newTuple(Object... items) {
        slots(items.length);
        return new PyTuple(items);
    }

    // ---- calls

    /** Calls any function from Java. */
    public Object call(Object function, Object... arguments) {
        return call(function, arguments, null);
    }

    public Object call(Object function, Object[] arguments, String[] names) {
        charge(1);
        if (function instanceof PyFunction f) {
            Frame frame = Calls.bind(this, f, arguments, names);
            return f.code().generator() ? Calls.generator(this, frame) : run(frame);
        }
        if (function instanceof Memo memo) {
            Object result = memo.call(this, arguments, names);
            return result instanceof Frame frame ? run(frame) : result;
        }
        return Calls.callOther(this, function, arguments, names);
    }

    /** How deep calls may be from now on: {@code sys.setrecursionlimit}. */
    public void recursionLimit(int calls) {
        recursionLimit = calls;
    }

    public int recursionLimit() {
        return recursionLimit;
    }

    private void push(Frame frame) {
        // a memo's own call counts as well
        int calls = frame.memo == null ? 1 : 2;
        if (depth + calls > recursionLimit) {
            throw Errors.raise(ExceptionTypes.RECURSION_ERROR, "maximum recursion depth exceeded");
        }
        if (depth + calls > MAX_CALLS || slotsInUse + frame.slots.length > MAX_SLOTS) {
            throw Stop.limit("depth");
        }
        depth += calls;
        slotsInUse += frame.slots.length;
    }

    /** Goes back to the caller's depth; a finished call leaves its value in its memo, if it has one. */
    private void pop(Frame frame, Object value) {
        depth -= frame.memo == null ? 1 : 2;
        slotsInUse -= frame.slots.length;
        if (frame.memo != null && value != null) {
            frame.memo.keep(this, frame.key, value);
        }
    }

    /** Runs a frame until it returns or yields. */
    public Object run(Frame entry) {
        enter();
        int outer = depth;
        int outerSlots = slotsInUse;
        try {
            push(entry);
            return loop(entry);
        } finally {
            depth = outer;
            slotsInUse = outerSlots;
            leave();
        }
    }

    /** An exception costs its message, which it keeps, and the stack of the frame that may handle it. */
    private void chargeHandling(Frame frame, PyException exception) {
        charge(16 + (frame.slots.length >> 6));
        for (Object argument : exception.args) {
            if (argument instanceof String message) {
                text(message.length());
            }
        }
    }

    private Object loop(Frame entry) {
        Frame frame = entry;
        int level = nesting;
        while (true) {
            try {
                // a frame is left either for another one or for good
                Object next = execute(frame);
                if (next instanceof Frame callee) {
                    push(callee);
                    frame = callee;
                } else if (frame == entry) {
                    pop(frame, next);
                    return next;
                } else {
                    pop(frame, next);
                    frame = frame.back;
                    frame.slots[frame.top++] = next;
                }
            } catch (Raised raised) {
                // what was thrown through did not call leave()
                nesting = level;
                chargeHandling(frame, raised.value);
                while (!frame.handle(raised.value)) {
                    if (frame == entry) {
                        throw raised;
                    }
                    pop(frame, null);
                    frame = frame.back;
                }
            }
        }
    }

    /** Runs one frame until it returns or yields a value, or calls a function: then that one's new frame is the result. */
    private Object execute(Frame frame) {
        int[] code = frame.code.code();
        Object[] constants = frame.code.constants();
        String[] names = frame.code.names();
        Object[] s = frame.slots;
        int pc = frame.pc;
        int top = frame.top;
        while (true) {
            int instruction = code[pc++];
            int arg = instruction >>> 8;
            switch (instruction & 255) {
                case Op.LOAD_CONST -> s[top++] = constants[arg];
                case Op.LOAD_LOCAL -> {
                    Object value = s[arg];
                    if (value == null) {
                        throw unbound(frame, arg);
                    }
                    s[top++] = value;
                }
                case Op.STORE_LOCAL -> s[arg] = s[--top];
                case Op.LOAD_CELL -> {
                    Object value = ((Cell) s[arg]).value;
                    if (value == null) {
                        throw unbound(frame, arg);
                    }
                    s[top++] = value;
                }
                case Op.STORE_CELL -> ((Cell) s[arg]).value = s[--top];
                case Op.LOAD_GLOBAL -> {
                    Object value = globals.get(names[arg]);
                    s[top++] = value != null ? value : library.builtin(names[arg]);
                }
                case Op.STORE_GLOBAL -> {
                    if (globals.put(names[arg], s[--top]) == null) {
                        allocate(48);
                    }
                }
                case Op.DELETE_LOCAL, Op.DELETE_CELL, Op.DELETE_GLOBAL -> delete(frame, instruction & 255, arg);
                case Op.BINARY -> {
                    top--;
                    s[top - 1] = Operators.binary(this, Operator.ALL[arg], s[top - 1], s[top]);
                }
                case Op.IN_PLACE -> {
                    top--;
                    s[top - 1] = Operators.inPlace(this, Operator.ALL[arg], s[top - 1], s[top]);
                }
                case Op.UNARY -> s[top - 1] = Operators.unary(this, Operator.ALL[arg], s[top - 1]);
                case Op.COMPARE -> {
                    top--;
                    s[top - 1] = Comparison.compare(this, Operator.ALL[arg], s[top - 1], s[top]);
                }
                case Op.JUMP -> pc = arg;
                case Op.JUMP_BACK -> {
                    charge(1 + (pc - arg >> 4));
                    pc = arg;
                }
                case Op.JUMP_IF_FALSE -> {
                    if (!Operators.truth(s[--top])) {
                        pc = arg;
                    }
                }
                case Op.JUMP_IF_TRUE -> {
                    if (Operators.truth(s[--top])) {
                        pc = arg;
                    }
                }
                case Op.JUMP_IF_FALSE_OR_POP -> {
                    if (Operators.truth(s[top - 1])) {
                        top--;
                    } else {
                        pc = arg;
                    }
                }
                case Op.JUMP_IF_TRUE_OR_POP -> {
                    if (Operators.truth(s[top - 1])) {
                        pc = arg;
                    } else {
                        top--;
                    }
                }
                case Op.GET_ITERATOR -> s[top - 1] = Iteration.iterator(this, s[top - 1]);
                case Op.FOR -> {
                    Object item = ((PyIterator) s[top - 1]).next(this);
                    if (item == null) {
                        s[--top] = null;
                        pc = arg;
                    } else {
                        s[top++] = item;
                    }
                }
                case Op.CALL, Op.CALL_NAMED, Op.CALL_UNPACKED, Op.CALL_METHOD -> {
                    frame.pc = pc;
                    frame.top = top;
                    Object result = Calls.instruction(this, frame, instruction & 255, arg);
                    if (result instanceof Frame) {
                        return result;
                    }
                    top = frame.top;
                    s[top++] = result;
                }
                case Op.LOAD_METHOD -> {
                    Object self = s[top - 1];
                    Builtin method = library.method(self, names[arg]);
                    s[top - 1] = method;
                    s[top++] = method != null ? self : library.attribute(this, self, names[arg]);
                }
                case Op.MAKE_FUNCTION -> {
                    frame.top = top;
                    PyFunction function = Calls.makeFunction(this, frame, (FunctionTemplate) constants[arg]);
                    top = frame.top;
                    s[top++] = function;
                }
                case Op.RETURN -> {
                    frame.pc = code.length;
                    return s[top - 1];
                }
                case Op.YIELD -> {
                    Object value = s[top - 1];
                    s[top - 1] = None.NONE;
                    frame.pc = pc;
                    frame.top = top;
                    return value;
                }
                case Op.YIELD_FROM -> {
                    PyIterator from = (PyIterator) s[top - 1];
                    Object value = next(from);
                    if (value != null) {
                        frame.pc = pc - 1;
                        frame.top = top;
                        return value;
                    }
                    s[top - 1] = from instanceof PyGenerator g ? g.result() : None.NONE;
                }
                case Op.BUILD_LIST -> {
                    Object[] items = Arrays.copyOfRange(s, top - arg, top - arg + slots(arg));
                    top -= arg;
                    s[top++] = new PyList(items, arg);
                }
                case Op.BUILD_TUPLE -> {
                    Object[] items = Arrays.copyOfRange(s, top - arg, top - arg + slots(arg));
                    top -= arg;
                    s[top++] = new PyTuple(items);
                }
                case Op.APPEND -> {
                    Object item = s[--top];
                    if (s[top - arg] instanceof PyList list) {
                        list.add(this, item);
                    } else {
                        ((PySet) s[top - arg]).add(this, item);
                    }
                }
                case Op.ADD_ENTRY -> {
                    top -= 2;
                    ((PyDict) s[top - arg]).put(this, s[top], s[top + 1]);
                }
                case Op.POP -> s[--top] = null;
                case Op.DUPLICATE -> {
                    s[top] = s[top - 1];
                    top++;
                }
                case Op.DUPLICATE_TWO -> {
                    s[top] = s[top - 2];
                    s[top + 1] = s[top - 1];
                    top += 2;
                }
                case Op.ROTATE_TWO -> {
                    Object value = s[top - 1];
                    s[top - 1] = s[top - 2];
                    s[top - 2] = value;
                }
                case Op.ROTATE_THREE -> {
                    Object value = s[top - 1];
                    s[top - 1] = s[top - 2];
                    s[top - 2] = s[top - 3];
                    s[top - 3] = value;
                }
                case Op.SUBSCRIPT -> {
                    top--;
                    s[top - 1] = Subscripts.get(this, s[top - 1], s[top]);
                }
                case Op.STORE_SUBSCRIPT -> {
                    top -= 3;
                    Subscripts.set(this, s[top + 1], s[top + 2], s[top]);
                }
                case Op.LOAD_ATTRIBUTE -> s[top - 1] = library.attribute(this, s[top - 1], names[arg]);
                case Op.TRY -> frame.enterTry(arg, top);
                case Op.END_TRY -> frame.leaveTry();
                case Op.END_HANDLER -> frame.leaveHandler();
                default -> {
                    frame.top = top;
                    Instructions.execute(this, frame, instruction & 255, arg);
                    top = frame.top;
                }
            }
        }
    }

    private void delete(Frame frame, int op, int arg) {
        Object[] s = frame.slots;
        boolean there;
        if (op == Op.DELETE_LOCAL) {
            there = s[arg] != null;
            s[arg] = null;
        } else if (op == Op.DELETE_CELL) {
            Cell cell = (Cell) s[arg];
            there = cell.value != null;
            cell.value = null;
        } else if (globals.remove(frame.code.names()[arg]) == null) {
            throw Errors.raise(ExceptionTypes.NAME_ERROR, "name '" + frame.code.names()[arg] + "' is not defined");
        } else {
            return;
        }
        if (!there) {
            throw unbound(frame, arg);
        }
    }

    private static Raised unbound(Frame frame, int slot) {
        String name = frame.code.variables()[slot];
        for (int captured : frame.code.captured()) {
            if (captured == slot) {
                return Errors.raise(ExceptionTypes.NAME_ERROR, "cannot access free variable '" + name
                        + "' where it is not associated with a value in enclosing scope");
            }
        }
        return Errors.raise(ExceptionTypes.UNBOUND_LOCAL_ERROR,
                "cannot access local variable '" + name + "' where it is not associated with a value");
    }
}
