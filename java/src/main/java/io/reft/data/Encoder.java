package io.reft.data;

import io.reft.InputError;
import io.reft.tokenizer.Tokenizer;
import java.util.Arrays;
import java.util.stream.Stream;

/**
 * Problems to token ids. Prompt, head and continuation are encoded apart and joined, in training exactly as in generation:
 * a byte-level BPE would otherwise merge the head's last newline with the indentation that follows, and the model would never
 * have seen the boundary from which it must go on.
 *
 * @param tokenizer the checkpoint's
 * @param template  the checkpoint's
 * @param cot       programs or prose
 * @param bosId     put first where the template wants a BOS; -1 where the tokenizer has none
 * @param eosId     ends every training text
 */
public record Encoder(Tokenizer tokenizer, Template template, SolutionFormat cot, int bosId, int eosId) {
    /** @throws InputError where the template needs a BOS that the tokenizer lacks */
    public Encoder {
        if (template.bos() && bosId < 0) {
            throw new InputError("the prompt template \"%s\" starts with BOS, but the tokenizer has none.", template.name());
        }
        if (eosId < 0) {
            throw new InputError("the tokenizer has no end-of-sequence token, so no text could ever end.");
        }
    }

    /** What the model is given. */
    public Prompt prompt(Problem problem) {
        String text = template.prompt(problem);
        String head = template.head(problem, cot);
        return new Prompt(problem, text, head, join(start(text), tokenizer.encode(head)));
    }

    /** The gold solution as a training text. */
    public Example example(Problem problem) {
        Template.Gold gold = template.gold(problem, cot);
        return example(problem, gold.head(), gold.continuation());
    }

    /** A solution that the model itself wrote to {@link #prompt}, as a training text (self-training). */
    public Example example(Problem problem, String completion) {
        return example(problem, template.head(problem, cot), completion);
    }

    /** Question and solution up to its last token, without EOS: what a reranker judges. */
    public int[] solution(Problem problem, String completion) {
        return join(prompt(problem).ids(), tokenizer.encode(completion));
    }

    private Example example(Problem problem, String head, String continuation) {
        int[] prompt = start(template.prompt(problem));
        return new Example(join(prompt, tokenizer.encode(head), tokenizer.encode(continuation), new int[] {eosId}), prompt.length);
    }

    private int[] start(String text) {
        int[] ids = tokenizer.encode(text);
        return template.bos() ? join(new int[] {bosId}, ids) : ids;
    }

    private static int[] join(int[]... parts) {
        return Stream.of(parts).flatMapToInt(Arrays::stream).toArray();
    }
}
