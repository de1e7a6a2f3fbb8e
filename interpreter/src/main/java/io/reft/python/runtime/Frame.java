package io.reft.python.runtime;

import java.util.Arrays;

/** A function's call: its variables, its expression stack above them, and where it is. */
public final class Frame {
    final Code code;
    final Object[] slots;
    Frame back;
    int pc;
    int top;
    /** The open try statements, three numbers each: handler, stack height, exceptions being handled. */
    private int[] tries;
    private int tryCount;
    /** Of a call that a memoized function missed: where its value is kept, and under which key; otherwise null. */
    Memo memo;
    Object key;
    private PyException[] handled;
    private int handledCount;

    public Frame(Code code) {
        this.code = code;
        this.slots = new Object[code.slots()];
        this.top = code.variables().length;
    }

    void enterTry(int handler, int height) {
        if (tries == null) {
            tries = new int[12];
        } else if (tryCount * 3 == tries.length) {
            tries = Arrays.copyOf(tries, tries.length * 2);
        }
        tries[tryCount * 3] = handler;
        tries[tryCount * 3 + 1] = height;
        tries[tryCount * 3 + 2] = handledCount;
        tryCount++;
    }

    void leaveTry() {
        tryCount--;
    }

    /** Turns to the innermost handler, and says whether there is one. */
    boolean handle(PyException exception) {
        if (tryCount == 0) {
            return false;
        }
        tryCount--;
        pc = tries[tryCount * 3];
        int height = tries[tryCount * 3 + 1];
        Arrays.fill(slots, height, slots.length, null);
        top = height;
        handledCount = tries[tryCount * 3 + 2];
        if (handled == null) {
            handled = new PyException[2];
        } else if (handledCount == handled.length) {
            handled = Arrays.copyOf(handled, handledCount * 2);
        }
        handled[handledCount++] = exception;
        return true;
    }

    /** The exception that is being handled in this call, or null. */
    PyException handled() {
        return handledCount == 0 ? null : handled[handledCount - 1];
    }

    void leaveHandler() {
        handled[--handledCount] = null;
    }
}
