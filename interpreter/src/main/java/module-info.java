/** A metered interpreter of a part of Python, which depends on nothing but {@code java.base}. */
module io.reft.python {
    exports io.reft.python;
}
