#!/bin/sh
# Runs the benchmarks and prints one table: op, shape, time, rate, and its share of the machine's floor.
#
#   benchmarks/run.sh [JMH OPTION…]          e.g. run.sh 'Layers|Attention' -p threads=1,2
#
# Takes JAVA_HOME or any JDK of version 25 or newer, and builds target/benchmarks.jar where it is missing. JMH's own output
# goes to target/jmh.log. Let nothing else run meanwhile.

here=$(cd "$(dirname "$0")" && pwd) || exit 1
for home in "$JAVA_HOME" /usr/lib/jvm/* /opt/* "$HOME"/.jdks/* "$HOME"/.sdkman/candidates/java/*; do
    version=$(sed -n 's/^JAVA_VERSION="\([0-9]*\).*/\1/p' "$home/release" 2>/dev/null)
    [ "${version:-0}" -ge 25 ] && [ -x "$home/bin/java" ] && break
done
[ "${version:-0}" -ge 25 ] || { echo 'run.sh: needs a JDK of version 25 or newer: set JAVA_HOME' >&2; exit 2; }
[ -f "$here/target/benchmarks.jar" ] || (cd "$here/.." && mvn -q -B -DskipTests package) || exit 1
echo "JMH's output: $here/target/jmh.log" >&2
exec "$home/bin/java" --sun-misc-unsafe-memory-access=allow -jar "$here/target/benchmarks.jar" -o "$here/target/jmh.log" "$@"
