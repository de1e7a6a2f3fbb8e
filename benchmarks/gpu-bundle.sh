#!/bin/sh
# Packs what gpu-check.sh needs on a machine that has a GPU and no network into one file of at most 60 MiB:
#
#   benchmarks/gpu-bundle.sh [OUT]        OUT: target/gpu-bundle.tar.xz
#
# In it: a Java runtime of the modules that the program uses, the program, its tests with JUnit's console, the demo's
# tokenizer and the golden dumps, and the sources of the CUDA library and of the ladders. gpu-check.sh builds the library there
# where the jar holds none (-DREFT_CUDA=on when the jar was built puts it in), and the ladders always. Everything lies in it uncompressed,
# because xz over all of it
# is a third smaller than archives in an archive. Builds the jar and the tests first where they are missing.

here=$(cd "$(dirname "$0")/.." && pwd) || exit 1
out=${1:-$here/target/gpu-bundle.tar.xz}
limit=$((60 << 20))
modules=java.base,java.desktop,java.logging,java.management,java.net.http,java.xml,jdk.httpserver,jdk.unsupported
junit=org.junit.platform:junit-platform-console-standalone:1.14.4
fail() {
    printf 'gpu-bundle: %s\n' "$1" >&2
    exit 1
}

for home in "$JAVA_HOME" /usr/lib/jvm/* /opt/* "$HOME"/.jdks/* "$HOME"/.sdkman/candidates/java/*; do
    version=$(sed -n 's/^JAVA_VERSION="\([0-9]*\).*/\1/p' "$home/release" 2>/dev/null)
    [ "${version:-0}" -ge 25 ] && [ -x "$home/bin/jlink" ] && break
done
[ "${version:-0}" -ge 25 ] || fail 'needs a JDK of version 25 or newer: set JAVA_HOME.'
jar=${REFT_JAR:-$here/java/target/reft.jar} tests=${REFT_TESTS:-$here/java/target/test-classes}
if [ ! -f "$jar" ] || [ ! -d "$tests" ]; then
    (cd "$here" && JAVA25_HOME=$home mvn -q -B -DskipTests package -pl java -am) || fail 'the program did not build.'
fi

mkdir -p "$(dirname "$out")" || exit 1
work=$(mktemp -d "$(dirname "$out")/gpu-bundle.XXXXXX") || exit 1
trap 'rm -rf "$work"' EXIT
trap 'exit 1' INT TERM
bundle=$work/gpu
mkdir -p "$bundle/lib" "$work/jar" || exit 1

"$home/bin/jlink" --add-modules $modules --strip-debug --no-header-files --no-man-pages --compress zip-0 \
    --output "$bundle/runtime" || fail 'jlink failed.'
(cd "$work/jar" && "$home/bin/jar" --extract --file "$jar") || fail "$jar cannot be read."
mv "$work/jar/META-INF/MANIFEST.MF" "$work/MANIFEST.MF"
"$home/bin/jar" --create --no-compress --file "$bundle/lib/reft.jar" --manifest "$work/MANIFEST.MF" -C "$work/jar" . || exit 1
"$home/bin/jar" --create --no-compress --file "$bundle/lib/tests.jar" -C "$tests" . || exit 1
console=$(find "$HOME/.m2/repository/org/junit/platform/junit-platform-console-standalone" -name '*-1.14.4.jar' 2>/dev/null | head -n 1)
if [ -n "$console" ]; then cp "$console" "$bundle/lib/junit.jar"; else
    (cd "$here" && mvn -q -B dependency:copy -Dartifact=$junit -DoutputDirectory="$work" -Dmdep.stripVersion) || fail "no $junit."
    mv "$work/junit-platform-console-standalone.jar" "$bundle/lib/junit.jar" || exit 1
fi
cp -r "$here/models" "$here/kernels" "$here/native" "$here/cmake" "$bundle/" || exit 1
mkdir "$bundle/benchmarks" && cp -r "$here/benchmarks/kernels" "$bundle/benchmarks/" || exit 1
(cd "$here" && git describe --always --dirty 2>/dev/null || echo unknown) >"$bundle/commit"

tar -C "$work" -cf "$work/bundle.tar" gpu && xz -T0 "${XZ_LEVEL:--6}" "$work/bundle.tar" || fail 'xz failed.'
bytes=$(wc -c <"$work/bundle.tar.xz")
[ "$bytes" -le $limit ] || fail "the bundle has $bytes bytes, more than $limit."
mv "$work/bundle.tar.xz" "$out" || exit 1
cuda=without; [ -f "$work/jar/natives/linux-x86_64/libreft_cuda.so" ] && cuda=with
echo "$out: $((bytes >> 20)) MiB, $cuda libreft_cuda.so, commit $(cat "$bundle/commit")"
