/**
 * Text to token ids and back: {@link io.reft.tokenizer.Tokenizers} opens the tokenizer of a model folder, and
 * {@link io.reft.tokenizer.RoundTrip} says what texts lose on the way there and back.
 *
 * <p>Two native libraries, called through JNI, do the work: SentencePiece for {@code tokenizer.model}, Hugging Face's tokenizers for
 * {@code tokenizer.json} and for {@code vocab.json} with {@code merges.txt}. Both trust their files, and end the JVM on bad ones. So
 * the files are read here first ({@code SentencePieceModel}, {@code BpeModel}, {@code Pipeline}, {@code Regex}), and what is not known
 * to be safe is refused by its name, as is what would be read in another meaning than the libraries'.
 *
 * <p>Ids and decoded text are those of SentencePiece 0.2 and of tokenizers 0.23, with three departures. Nothing is added, no BOS and no
 * EOS. Special tokens that a text writes out are ordinary text, so that a question cannot end itself or begin an answer: tokenizers
 * with {@code encode_special_tokens}, and stricter than that where the model takes whole words ({@code ignore_merges}). Decoding leaves
 * special tokens out, and shows ids outside the vocabulary and bytes that make no character as U+FFFD.
 *
 * <p>Left out are the models Unigram, WordPiece and WordLevel of {@code tokenizer.json}; normalizers by compiled rules (nmt_nfkc of
 * SentencePiece, Precompiled); tiktoken's files; dropout of merges, truncation and padding; and what transformers does around
 * tokenizers: chat templates (the room data), {@code clean_up_tokenization_spaces}, tokens that only a configuration names.
 */
package io.reft.tokenizer;
