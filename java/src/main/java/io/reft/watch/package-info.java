/**
 * Training runs made visible: a page that follows them while they go on, and the same page as a file.
 *
 * <p>{@link io.reft.watch.WatchServer} serves what it finds in runs' folders, and nothing else; {@link io.reft.watch.RunReport} writes it
 * into one HTML file. It stands on the run folder's files alone, so that a run in another process, or
 * one that ended long ago, is watched in the same way. The page itself is in {@code src/main/resources}. Left out: what draws curves in the
 * browser, the library uPlot.
 */
package io.reft.watch;
