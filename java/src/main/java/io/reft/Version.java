package io.reft;

import java.util.Objects;

/** The program's version. */
public final class Version {
    private Version() {}

    /** Such as {@code 0.1.0}, from the jar's manifest; {@code development} where the classes do not lie in the jar. */
    public static String text() {
        return Objects.requireNonNullElse(Version.class.getPackage().getImplementationVersion(), "development");
    }
}
