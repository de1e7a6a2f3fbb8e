package io.reft.cli;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * The numbers that an option may have, declared once, at the option; {@link Ranges} holds every command line to them. Ends that are not
 * given are open.
 */
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.FIELD)
@interface Range {
    /** Most of what is counted one by one: examples of a step, iterations. */
    int COUNT = 1_000_000;
    /** Most passes over something. */
    int EPOCHS = 10_000;
    /** Most completions of a question. */
    int SAMPLES = 10_000;
    /** Most tokens of a text, or computed at a time. */
    int TOKENS = 1 << 24;
    /** Most threads. */
    int THREADS = 1024;
    /** The highest learning rate; far lower ones diverge, and are told then. */
    double RATE = 1e9;
    /** The lowest temperature whose reciprocal is of use in fp32, and the highest. */
    double COLDEST = 0.01, HOTTEST = 100;

    /** The least value. */
    double min() default Double.NEGATIVE_INFINITY;

    /** What a value must be above. */
    double above() default Double.NEGATIVE_INFINITY;

    /** The largest value. */
    double max() default Double.POSITIVE_INFINITY;

    /** What a value must be below. */
    double below() default Double.POSITIVE_INFINITY;

    /** Whether 0 is allowed besides, as what it switches off. */
    boolean orZero() default false;
}
