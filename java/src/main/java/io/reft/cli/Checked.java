package io.reft.cli;

/**
 * A command whose options can be judged as they stand on the command line, long before it runs: {@code reft reproduce} does so for all its
 * stages.
 */
interface Checked {
    /** @throws io.reft.InputError for options that make no sense */
    void check();
}
