package io.reft.checkpoint;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Damages JSON texts in seeded ways: values of other types and sizes in the place of one or two, or bytes as {@link Mutations} does. */
public final class JsonMutations {
    private static final Pattern VALUE = Pattern.compile("\"[^\"\\\\]*+(?:\\\\.[^\"\\\\]*+)*+\"|-?\\d[\\d.eE+-]*|true|false|null");
    private static final List<String> NASTY = List.of("null", "true", "0", "-1", "1.5", "1e999", "-1e999", "1000000000000000000",
            "2147483648", "NaN", "\"\"", "\"x\"", "\"\\u0000\\u001b[2J\"", "\"\\ud800\"", "[]", "{}", "[null]", "{\"a\": [1]}",
            "[".repeat(400), "\"" + "y".repeat(3000) + "\"", "9".repeat(400), "\"/../../x\"");

    private JsonMutations() {}

    /** {@code original} with some damage. */
    public static byte[] of(String original, long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        if (random.nextInt(3) == 0) {
            return Mutations.of(original.getBytes(StandardCharsets.UTF_8), seed);
        }
        String text = original;
        for (int left = 1 + random.nextInt(2); left > 0; left--) {
            List<int[]> places = new ArrayList<>();
            for (Matcher m = VALUE.matcher(text); m.find();) {
                places.add(new int[] {m.start(), m.end()});
            }
            if (places.isEmpty()) {
                break;
            }
            int[] place = places.get(random.nextInt(places.size()));
            text = text.substring(0, place[0]) + NASTY.get(random.nextInt(NASTY.size())) + text.substring(place[1]);
        }
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
