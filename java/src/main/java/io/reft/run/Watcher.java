package io.reft.run;

/** Looks at the model between two steps of a run. */
public interface Watcher {
    /** The model is as it will be before the first step; {@code resumed}: the run goes on, and its records have the beginning already. */
    default void begin(boolean resumed) {}

    /** So many {@code unit}s ({@code epoch}, {@code iteration}) are done. */
    void after(String unit, int number);
}
