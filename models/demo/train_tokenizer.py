#!/usr/bin/env python3
"""Trains the demo's tokenizer on the demo's training problems and writes it beside this file: tokenizer.model (SentencePiece, what
reft reads) and tokenizer.json (the same pieces and merges, for transformers, which cannot convert pieces that hold white space).

    python train_tokenizer.py TRAIN.json [TRAIN.json ...]

TRAIN.json are problems in the ReFT JSON format, as io.reft.data.DumpDemoProblems (among the tests) writes them:

    java -cp ... io.reft.data.DumpDemoProblems /tmp/demo-0 0

The committed model was trained on the training problems of seeds 0, 1, 2 and 3. Needs `pip install sentencepiece`, nothing else; the
runtime itself needs no Python. SentencePiece BPE with 512 pieces, identity normalisation, no dummy prefix, white space kept as it
is, digits split, and pieces of their own for the lines of a program. Training has no randomness: the same texts give the same model.
"""

import json
import os
import sys

import sentencepiece

HERE = os.path.dirname(os.path.abspath(__file__))
SPACE = "\u2581"  # what SentencePiece makes of a space; a symbol defined with a plain space never matches any text
LINES = [line.replace(" ", SPACE) for line in ("def solution():\n    ", "\n    return ", "\n    ", "\n")]
SPECIAL = ["<pad>", "<s>", "</s>", "<unk>"]


def train(texts):
    letters = "\n".join(map(chr, range(33, 127)))  # so that a prompt typed by hand can be read
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(texts + [letters]),
        model_prefix=os.path.join(HERE, "tokenizer"),
        model_type="bpe",
        vocab_size=512,
        normalization_rule_name="identity",
        remove_extra_whitespaces=False,
        add_dummy_prefix=False,
        split_digits=True,
        user_defined_symbols=LINES,
        byte_fallback=False,
        pad_id=0,
        bos_id=1,
        eos_id=2,
        unk_id=3,
        pad_piece="<pad>",
        bos_piece="<s>",
        eos_piece="</s>",
        unk_piece="<unk>",
        character_coverage=1.0,
        num_threads=1,
        minloglevel=2,
    )
    os.remove(os.path.join(HERE, "tokenizer.vocab"))
    return sentencepiece.SentencePieceProcessor(model_file=os.path.join(HERE, "tokenizer.model"))


def tokenizer_json(model):
    """The model as a tokenizer.json. SentencePiece joins the two neighbours whose union is the earliest piece, whatever the two are; so
    every way to split a piece is a merge of that piece's rank."""
    pieces = [model.id_to_piece(i) for i in range(model.get_piece_size())]
    known = set(pieces)
    merges = [
        [piece[:i], piece[i:]]
        for piece in pieces[len(SPECIAL) + len(LINES) :]
        for i in range(1, len(piece))
        if piece[:i] in known and piece[i:] in known
    ]
    flags = dict(single_word=False, lstrip=False, rstrip=False)
    added = [dict(id=pieces.index(p), content=p, **flags, normalized=p in LINES, special=p in SPECIAL) for p in SPECIAL + LINES]
    return {
        "version": "1.0",
        "truncation": None,
        "padding": None,
        "added_tokens": added,
        "normalizer": {"type": "Replace", "pattern": {"String": " "}, "content": SPACE},
        "pre_tokenizer": None,
        "post_processor": None,
        "decoder": {"type": "Sequence", "decoders": [{"type": "Replace", "pattern": {"String": SPACE}, "content": " "}, {"type": "Fuse"}]},
        "model": {
            "type": "BPE",
            "dropout": None,
            "unk_token": "<unk>",
            "continuing_subword_prefix": None,
            "end_of_word_suffix": None,
            "fuse_unk": True,
            "byte_fallback": False,
            "ignore_merges": False,
            "vocab": {piece: i for i, piece in enumerate(pieces)},
            "merges": merges,
        },
    }


def main(files):
    rows = [row for file in files for row in json.load(open(file, encoding="utf-8"))]
    # questions and programs are encoded apart, so they are learnt apart
    texts = [text for row in rows for text in (row["question"] + "\n", row["answer_cot"])]
    model = train(texts)
    assert model.get_piece_size() == 512
    assert all(model.decode(model.encode(text)) == text and model.unk_id() not in model.encode(text) for text in texts)
    with open(os.path.join(HERE, "tokenizer.json"), "w", encoding="utf-8") as file:
        json.dump(tokenizer_json(model), file, ensure_ascii=False, indent=1)
        file.write("\n")
    lengths = [sum(len(model.encode(text)) for text in texts[part::2]) / len(rows) for part in (0, 1)]
    print(f"{len(rows)} problems: {lengths[0]:.1f} tokens a question, {lengths[1]:.1f} a program")


if __name__ == "__main__":
    main(sys.argv[1:] or sys.exit(__doc__))
