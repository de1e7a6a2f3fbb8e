package io.reft.python.runtime;

/** A generator: a frame that goes on where it yielded. */
public final class PyGenerator extends PyIterator {
    private final Frame frame;
    private boolean running;
    private boolean finished;
    private Object result = None.NONE;

    PyGenerator(Frame frame) {
        super(PyType.GENERATOR);
        this.frame = frame;
    }

    @Override
    public Object next(Machine m) {
        if (running) {
            throw Errors.valueError("generator already executing");
        }
        if (finished) {
            return null;
        }
        running = true;
        try {
            Object value = m.run(frame);
            if (frame.pc == frame.code.code().length) {
                finished = true;
                result = value;
                return null;
            }
            return value;
        } catch (Raised raised) {
            finished = true;
            if (raised.is(ExceptionTypes.STOP_ITERATION)) {
                throw Errors.raise(ExceptionTypes.RUNTIME_ERROR, "generator raised StopIteration");
            }
            throw raised;
        } finally {
            running = false;
        }
    }

    /** What the generator returned at its end. */
    public Object result() {
        Object value = result;
        result = None.NONE;
        return value;
    }
}
