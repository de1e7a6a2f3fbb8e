"""Trains the tiny tokenizers under java/src/test/resources/tokenizer and writes what Hugging Face's and Google's own
libraries say of some texts and ids, for them and for the tokenizers of the shared folder.

    python make_tokenizer_golden.py OUT SHARED     needs sentencepiece, tokenizers

SHARED is the folder with tokenizers/ in it.
"""

import json
import os
import random
import sys

import sentencepiece
from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers, trainers

out, shared = sys.argv[1:3]

TEXTS = [
    "",
    " ",
    "  ",
    "\n",
    "\n\n",
    "\t",
    "\r\n",
    "x",
    " x",
    "  x",
    "    x = 1",
    "\n    x",
    "x ",
    "x\n",
    "\0",
    "a\0b",
    "Question:\nTom has 3 apples.\nAnswer reasoning:\n",
    "\nTherefore, the answer is: 42",
    "$1,234.50 is 12.5%",
    'def solution():\n    """How many?"""\n    total = 3 * (4 + 5)\n    if total > 7:\n        total -= 1\n\n    return total\n',
    "for i in range(10):\n\tprint(i)\n\t\tpass",
    " " * 37 + "deep",
    "</s>",
    "<s> a </s>",
    "a</s>b",
    "<unk><pad>",
    "<|im_start|>user",
    "<|endoftext|>",
    "<0x0A>",
    "▁",
    "a▁b",
    "é",
    "e\u0301",
    "ß 中文 日本語",
    "😀",
    "a😀b",
    "👨‍👩‍👧",
    "𝕜 𝓝 🌍",
    "\u00a0\u2003\u200b",
    "\ufeffBOM",
    "\ufffd",
    "\uffff",
    "\x1b[0m\x7f",
    "9" * 60,
    "x" * 60,
    "don't I'll they've",
    " <PRE> x <EOT>",
    "_italics_ **bold**",
    "\\frac{1}{2}",
    "it’s “quoted” – so…",
    "x²+y³≤½",
]


def written(name, text):
    path = os.path.join(out, name)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w", encoding="utf-8", newline="") as file:
        file.write(text)


def corpus():
    """Arithmetic problems and the programs that solve them, enough for a few hundred merges."""
    rnd = random.Random(1)
    names, things = ["Tom", "Ann", "Lily", "Josh"], ["apples", "books", "coins", "cups"]
    for _ in range(400):
        name, thing, a, b = rnd.choice(names), rnd.choice(things), rnd.randrange(100), rnd.randrange(100)
        yield f"{name} has {a} {thing} and buys {b} more. How many {thing} does {name} have?"
        yield f"def solution():\n    {thing} = {a}\n    more = {b}\n    return {thing} + more"


def random_ids(size):
    rnd = random.Random(2)
    return [[rnd.randrange(size) for _ in range(rnd.randrange(1, 10))] for _ in range(60)]


def sentencepiece_golden(path):
    model = sentencepiece.SentencePieceProcessor(model_file=path)
    # SentencePiece decodes the unknown piece to " ⁇ "; transformers, skipping special tokens, to nothing
    ids = [[i for i in row if not model.is_unknown(i)] for row in random_ids(model.vocab_size())]
    return {
        "size": model.vocab_size(),
        "ids": [model.encode(text) for text in TEXTS],
        "random": ids,
        "decoded": [model.decode(row) for row in ids],
    }


def json_golden(tokenizer):
    tokenizer.encode_special_tokens = True  # special tokens in a text are ordinary text
    tokenizer.no_truncation()
    ids = random_ids(tokenizer.get_vocab_size())
    return {
        "size": tokenizer.get_vocab_size(),
        "ids": [tokenizer.encode(text, add_special_tokens=False).ids for text in TEXTS],
        "random": ids,
        "decoded": [tokenizer.decode(row, skip_special_tokens=True) for row in ids],
    }


def gpt2(folder):
    tokenizer = Tokenizer(models.BPE.from_file(folder + "/vocab.json", folder + "/merges.txt"))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.add_special_tokens([token for token in ("<s>", "<pad>", "</s>", "<unk>") if tokenizer.token_to_id(token) is not None])
    return tokenizer


lines = [line for text in corpus() for line in text.split("\n")]
for kind in ("bpe", "unigram"):
    prefix = os.path.join(out, "sentencepiece-" + kind, "tokenizer")
    os.makedirs(os.path.dirname(prefix), exist_ok=True)
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(lines),
        model_prefix=prefix,
        vocab_size=400,
        model_type=kind,
        byte_fallback=True,
        normalization_rule_name="identity",
        remove_extra_whitespaces=False,
        allow_whitespace_only_pieces=True,
        split_digits=True,
        hard_vocab_limit=False,
        minloglevel=2,
    )
    os.remove(prefix + ".vocab")

tokenizer = Tokenizer(models.BPE())
tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
tokenizer.decoder = decoders.ByteLevel()
tokenizer.train_from_iterator(
    corpus(),
    trainers.BpeTrainer(
        vocab_size=400,
        special_tokens=["<s>", "<pad>", "</s>", "<unk>"],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    ),
)
os.makedirs(os.path.join(out, "gpt2"), exist_ok=True)
tokenizer.model.save(os.path.join(out, "gpt2"))
# beyond the vocabulary: one special token, one that text is to be cut at, one more special
tokenizer.add_special_tokens(["<|endoftext|>"])
tokenizer.add_tokens([AddedToken("_italics_", normalized=False)])
tokenizer.add_special_tokens(["<|im_start|>"])
tokenizer.enable_truncation(8)  # a setting that must not be obeyed
written("json/tokenizer.json", tokenizer.to_str(pretty=False))

golden = {
    "texts": TEXTS,
    "own": {
        "sentencepiece-bpe": sentencepiece_golden(os.path.join(out, "sentencepiece-bpe/tokenizer.model")),
        "sentencepiece-unigram": sentencepiece_golden(os.path.join(out, "sentencepiece-unigram/tokenizer.model")),
        "json": json_golden(Tokenizer.from_file(os.path.join(out, "json/tokenizer.json"))),
        "gpt2": json_golden(gpt2(os.path.join(out, "gpt2"))),
    },
    "shared": {
        "tokenizers/llama2": sentencepiece_golden(shared + "/tokenizers/llama2/tokenizer.model"),
        "tokenizers/codellama-rebuilt": sentencepiece_golden(shared + "/tokenizers/codellama-rebuilt/tokenizer.model"),
        "tokenizers/opt": json_golden(gpt2(shared + "/tokenizers/opt")),
    },
}
written(
    "golden.json",
    "\n".join(
        line
        for line in json.dumps(golden, ensure_ascii=True)
        .replace('"own"', '\n"own"')
        .replace('"shared"', '\n"shared"')
        .replace('{"size"', '\n{"size"')
        .replace('"random"', '\n"random"')
        .replace('"decoded"', '\n"decoded"')
        .splitlines()
    )
    + "\n",
)
print({name: part["size"] for group in ("own", "shared") for name, part in golden[group].items()})
