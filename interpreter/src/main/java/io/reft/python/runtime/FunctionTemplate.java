package io.reft.python.runtime;

/** What {@link Op#MAKE_FUNCTION} needs: the code, and which defaults lie on the stack. */
public record FunctionTemplate(Code code, int initials, boolean[] keywordInitials) {}
