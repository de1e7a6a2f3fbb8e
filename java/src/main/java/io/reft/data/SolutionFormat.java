package io.reft.data;

/** The form of the chain of thought: a Python program whose value is the answer (P-CoT), or prose that ends in an answer line (N-CoT). */
public enum SolutionFormat {
    PYTHON,
    NL
}
