package io.reft.data;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Random;

/**
 * The choices at the end of a MathQA question: {@code a ) 38 , b ) 27.675 , c ) 30 , d ) data inadequate , e ) none of these}.
 *
 * @param problem whose
 * @param before  the question up to the first choice
 * @param texts   what stands behind a, b, c …
 */
public record Choices(Problem problem, String before, List<String> texts) {
    private static final String LETTERS = "abcde";

    /** The choices of a problem; empty where its question does not end in at least two in this form, or its answer is none of them. */
    public static Optional<Choices> of(Problem problem) {
        String question = problem.question();
        int start = question.lastIndexOf("\na ) ") + 1;
        List<String> texts = new ArrayList<>();
        for (int at = start; start > 0 && at >= start;) {
            int end = texts.size() + 1 < LETTERS.length() ? question.indexOf(" , " + LETTERS.charAt(texts.size() + 1) + " ) ", at) : -1;
            texts.add(question.substring(at + 4, end < 0 ? question.length() : end));
            at = end < 0 ? -1 : end + 3;
        }
        Choices choices = new Choices(problem, question.substring(0, start), List.copyOf(texts));
        boolean known = texts.size() > 1 && choices.index(problem.answer().strip()) >= 0 && choices.question().equals(question);
        return known ? Optional.of(choices) : Optional.empty();
    }

    /** Which choice a letter names, from 0; -1 where it names none. */
    public int index(String letter) {
        int index = letter.length() == 1 ? LETTERS.indexOf(Character.toLowerCase(letter.charAt(0))) : -1;
        return index < texts.size() ? index : -1;
    }

    /** The whole question. */
    public String question() {
        StringBuilder question = new StringBuilder(before);
        for (int i = 0; i < texts.size(); i++) {
            question.append(i > 0 ? " , " : "").append(LETTERS.charAt(i)).append(" ) ").append(texts.get(i));
        }
        return question.toString();
    }

    /** The same choices in another order, in which the right one has another letter. */
    public Choices shuffled(long seed) {
        int gold = index(problem.answer().strip());
        List<Integer> order = new ArrayList<>();
        for (int i = 0; i < texts.size(); i++) {
            order.add(i);
        }
        Random random = new Random(seed * 1_000_003L + problem.id().hashCode());
        do {
            Collections.shuffle(order, random);
        } while (order.indexOf(gold) == gold);
        Choices moved = new Choices(problem, before, order.stream().map(texts::get).toList());
        String answer = LETTERS.substring(order.indexOf(gold), order.indexOf(gold) + 1);
        Problem asked = new Problem(problem.id(), moved.question(), null, answer);
        return new Choices(asked, before, moved.texts);
    }
}
