package io.reft.answer;

import com.google.gson.Gson;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;

/** Reads {@code {"gold": "42", "text": "$42"}} a line and prints right, wrong or none for each; {@code compare_math_verify.py} asks it. */
final class DumpReadings {
    private record Asked(String gold, String text) {}

    private DumpReadings() {}

    public static void main(String[] arguments) throws Exception {
        BufferedReader lines = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
        for (String line; (line = lines.readLine()) != null;) {
            Asked asked = new Gson().fromJson(line, Asked.class);
            Answer said = Reading.number(asked.text).answer();
            out.println(said == null ? "none" : said.matches(Reading.number(asked.gold).answer()) ? "right" : "wrong");
        }
    }
}
