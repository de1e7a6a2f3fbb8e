"""Writes java/src/test/resources/tokenizer/pipelines.json: random combinations of normalizers, pre-tokenizers, decoders and added
tokens as tokenizer.json, and what Hugging Face's library makes of some texts and ids with each; the same of SentencePiece's models
with every way to treat spaces.

    python make_pipeline_golden.py OUT [CASES [SEED]]     needs tokenizers and sentencepiece

A case holds what differs from case to case; its model is one of a few that all share, with tokens in the order of their ids. Of all
ids and all decoded texts a CRC-32 is kept: `check` below says of what. A case that ends the library itself is drawn again.
"""

import json
import os
import random
import signal
import sys
import zlib

import sentencepiece
from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, trainers

out = sys.argv[1]
cases = int(sys.argv[2]) if len(sys.argv) > 2 else 60
rnd = random.Random(int(sys.argv[3]) if len(sys.argv) > 3 else 13)

TEXTS = [
    "",
    " ",
    "\n",
    "Tom has 3 apples.",
    "  two  spaces ",
    'def solution():\n    """How many?"""\n    total = 3 * (4 + 5)\n\n    return total\n',
    "if x:\n\tif y:\n\t\tpass",
    "a = 1\r\nb = 2\r\n",
    "Ġ and ▁ and ## and </w> <0x41>",
    "don't I'LL THEY'VE We're",
    "a  b   c    d",
    "$1,234.50 = 12.5%",
    "1234567 42 007",
    "Éé e\u0301 ﬁ Å ß İ ſ",
    "ｆｕｌｌ　ｗｉｄｔｈ １２３",
    "한국어 중 カタカナ ひらがな 漢字 漢a字",
    "ไทย हिन्दी עברית",
    "😀 👨‍👩‍👧 𝕜",
    "\u00a0\u2003\u200b\ufeff\u2028",
    "\x00\x01\x7f\x9f\ufffd",
    "</s><s>a</s> <unk>",
    "see <tool>x</tool> <TOOL> tool Tool toolbox",
    "  <pad2>  b <pad2>c",
    "____--~~!?",
    "it’s “quoted” – so…",
    "x" * 70 + " " + "7" * 70,
    "\ufdfa \u2126 ½ ² ㎏",
    "new_line\n\n\n  \n\t x",
]

CORPUS = []
for i in range(300):
    CORPUS.append(f"Tom has {i * 7 % 100} apples and buys {i * 13 % 90} more. How many apples does Tom have?")
    CORPUS.append(f"def solution():\n    apples = {i}\n    more = {i * 3}\n    return apples + more")
    CORPUS.append("don't they've e\u0301 한국어 漢字 “quoted”"[i % 30 :])


def trained(model, normalizer=None, pre=None, **options):
    tokenizer = Tokenizer(model)
    if normalizer:
        tokenizer.normalizer = normalizer
    if pre:
        tokenizer.pre_tokenizer = pre
    tokenizer.train_from_iterator(CORPUS, trainers.BpeTrainer(show_progress=False, **options))
    return json.loads(tokenizer.to_str())["model"]


def models_to_share():
    """Byte-level; as SentencePiece's (bytes for unknown characters); with marks inside words; with marks at their ends."""
    byte = trained(
        models.BPE(),
        pre=pre_tokenizers.ByteLevel(add_prefix_space=False),
        vocab_size=330,
        special_tokens=["<s>", "</s>"],
        initial_alphabet=sorted(pre_tokenizers.ByteLevel.alphabet()),
    )
    bytes_ = [f"<0x{b:02X}>" for b in range(256)]
    sentencepiece = trained(
        models.BPE(unk_token="<unk>", fuse_unk=True, byte_fallback=True),
        normalizer=normalizers.Replace(" ", "▁"),
        pre=pre_tokenizers.Metaspace(),
        vocab_size=420,
        special_tokens=["<unk>", "<s>", "</s>"] + bytes_,
    )
    inside = trained(
        models.BPE(unk_token="<unk>"),
        pre=pre_tokenizers.Whitespace(),
        vocab_size=220,
        special_tokens=["<unk>", "<s>", "</s>"],
        continuing_subword_prefix="##",
    )
    end = trained(
        models.BPE(unk_token="<unk>", fuse_unk=True),
        pre=pre_tokenizers.WhitespaceSplit(),
        vocab_size=200,
        special_tokens=["<unk>", "<s>", "</s>"],
        end_of_word_suffix="</w>",
    )
    return {"byte": byte, "sentencepiece": sentencepiece, "inside": inside, "end": end}


BEHAVIORS = ["Removed", "Isolated", "MergedWithPrevious", "MergedWithNext", "Contiguous"]
GPT2 = r"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"
CL100K = r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
O200K = (
    r"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+(?i:'s|'t|'re|'ve|'m|'ll|'d)?"
    r"|[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*(?i:'s|'t|'re|'ve|'m|'ll|'d)?"
    r"|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+"
)
DEEPSEEK = (
    r"[!\"#$%&'()*+,\-./:;<=>?@\[\\\]^_`{|}~][A-Za-z]+|[^\r\n\p{L}\p{P}\p{S}]?[\p{L}\p{M}]+| ?[\p{P}\p{S}]+[\r\n]*|\s*[\r\n]+"
    r"|\s+(?!\S)|\s+"
)
REGEXES = [
    GPT2,
    CL100K,
    O200K,
    DEEPSEEK,
    r"\s+",
    r"\d",
    r"\p{N}{1,3}",
    r"[一-龥぀-ゟ゠-ヿ]+",
    r"[\r\n]",
    r"\s?\p{L}+",
    r"(?<=\d)(?=\p{L})",
    r"\b",
    r"[^\W\d_]+|\d",
    r"(?i)tom|apples",
    r"x*",
    r" ?[^(\s|[.,!?…。，、।۔،])]+",
    r"(?:\r?\n)+(?!\r?\n)",
    r"[\p{Han}&&[^漢]]+",
    r"\w+|[^\w\s]+",
    r"\d{1,3}(?=(?:\d{3})*\b)",
    r"a++|b?+|(?>c+)",
    r"[a-z&&[^aeiou]]{2,4}?",
    r"^\s+|\s+$",
    r"(\.|,)\s",
    r"\A.|.\z",
    r"[[:punct:]]",
    r"\h+|\H",
]
STRINGS = [" ", "▁", "a", "", "ll", ".", "\n", "  ", "the", "[x]", "#"]


def flag():
    return rnd.random() < 0.5


def pattern():
    return {"Regex": rnd.choice(REGEXES)} if flag() else {"String": rnd.choice(STRINGS)}


def normalizer():
    kind = rnd.choice(
        [
            "NFC",
            "NFD",
            "NFKC",
            "NFKD",
            "Lowercase",
            "StripAccents",
            "Nmt",
            "Strip",
            "Prepend",
            "Replace",
            "Replace",
            "BertNormalizer",
            "ByteLevel",
        ]
    )
    return {
        "type": kind,
        **{
            "Strip": lambda: {"strip_left": flag(), "strip_right": flag()},
            "Prepend": lambda: {"prepend": rnd.choice(["▁", "x", "ab ", "Ġ", ""])},
            "Replace": lambda: {"pattern": pattern(), "content": rnd.choice(["▁", " ", "", "b", "xyz", "''"])},
            "BertNormalizer": lambda: {
                "clean_text": flag(),
                "handle_chinese_chars": flag(),
                "strip_accents": rnd.choice([None, True, False]),
                "lowercase": flag(),
            },
        }.get(kind, dict)(),
    }


def metaspace():
    return {"replacement": rnd.choice(["▁", "▁", "_"]), "prepend_scheme": rnd.choice(["always", "first", "never"]), "split": flag()}


def byte_level():
    return {"add_prefix_space": flag(), "trim_offsets": flag(), "use_regex": flag()}


def pre_tokenizer():
    kind = rnd.choice(
        [
            "ByteLevel",
            "ByteLevel",
            "Metaspace",
            "Metaspace",
            "Whitespace",
            "WhitespaceSplit",
            "BertPreTokenizer",
            "CharDelimiterSplit",
            "Punctuation",
            "Digits",
            "UnicodeScripts",
            "Split",
            "Split",
            "Split",
            "FixedLength",
        ]
    )
    return {
        "type": kind,
        **{
            "ByteLevel": byte_level,
            "Metaspace": metaspace,
            "CharDelimiterSplit": lambda: {"delimiter": rnd.choice([" ", "a", "▁"])},
            "Punctuation": lambda: {"behavior": rnd.choice(BEHAVIORS)},
            "Digits": lambda: {"individual_digits": flag()},
            "Split": lambda: {"pattern": pattern(), "behavior": rnd.choice(BEHAVIORS), "invert": rnd.random() < 0.3},
            "FixedLength": lambda: {"length": rnd.choice([1, 3, 7])},
        }.get(kind, dict)(),
    }


def decoder():
    kind = rnd.choice(["BPEDecoder", "ByteLevel", "ByteLevel", "WordPiece", "Metaspace", "CTC", "Replace", "Fuse", "Strip", "ByteFallback"])
    return {
        "type": kind,
        **{
            "BPEDecoder": lambda: {"suffix": rnd.choice(["</w>", "a"])},
            "ByteLevel": byte_level,
            "Metaspace": metaspace,
            "WordPiece": lambda: {"prefix": "##", "cleanup": flag()},
            "CTC": lambda: {"pad_token": rnd.choice(["<pad>", "a"]), "word_delimiter_token": "|", "cleanup": flag()},
            "Replace": lambda: {"pattern": pattern(), "content": rnd.choice(["▁", " ", "", "b"])},
            "Strip": lambda: {"content": rnd.choice([" ", "▁"]), "start": rnd.choice([0, 1, 3]), "stop": 0},
        }.get(kind, dict)(),
    }


def sequence(part, of, most):
    """None, one part, or several in a Sequence whose list has the name `of`."""
    count = rnd.choice([0] + [1] * 3 + list(range(2, most + 1)))
    parts = [part() for _ in range(count)]
    return None if count == 0 else parts[0] if count == 1 else {"type": "Sequence", of: parts}


def added_tokens(model):
    """The special tokens of the vocabulary, and some beyond it: special or not, and with every setting."""
    vocab = model["vocab"]
    tokens = [(vocab[content], content, {"special": True}) for content in ("<unk>", "<s>", "</s>") if content in vocab]
    for content in rnd.sample(["<tool>", "Tool", "<pad2>", "tool", "_", "ca fé", "\n\n", " e\u0301"], rnd.choice([0, 0, 1, 3])):
        tokens.append(
            (
                vocab.get(content, len(vocab) + len([t for t in tokens if t[0] >= len(vocab)])),
                content,
                {
                    "special": rnd.random() < 0.3,
                    "single_word": rnd.random() < 0.2,
                    "lstrip": rnd.random() < 0.3,
                    "rstrip": rnd.random() < 0.3,
                    "normalized": flag(),
                },
            )
        )
    flags = dict.fromkeys(["single_word", "lstrip", "rstrip", "normalized", "special"], False)
    return [{"id": i, "content": content, **flags, **given} for i, content, given in tokens]


def check(values):
    """Of strings as they are, of lists of ids as "1,2,3"; each with a line end after it."""
    text = "".join((value if isinstance(value, str) else ",".join(map(str, value))) + "\n" for value in values)
    return f"{zlib.crc32(text.encode('utf-8')):08x}"


def random_ids(size):
    """Ids as PipelinesTest draws them too."""
    return [[(row * 7919 + at * at * 31 + at * 104729) % size for at in range(row)] for row in range(1, 13)]


def hidden(model):
    """With ignore_merges, a word of a text that is a token becomes it, special tokens too. Here they are ordinary text all the same."""
    hide = {token: f"hidden {token}" for token in ("<unk>", "<s>", "</s>")} if model["ignore_merges"] else {}
    vocab = {hide.get(token, token): i for token, i in model["vocab"].items()}
    return {**model, "vocab": vocab, "unk_token": hide.get(model["unk_token"], model["unk_token"])}


def library(tokenizer_json):
    """Sizes, ids and decoded text by the library, in a child process: some combinations end it or never end."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
        signal.alarm(20)
        tokenizer = Tokenizer.from_str(json.dumps(tokenizer_json))
        tokenizer.encode_special_tokens = True  # special tokens in a text are ordinary text
        encoded = [tokenizer.encode(text, add_special_tokens=False).ids for text in TEXTS]
        decoded = [tokenizer.decode(ids, skip_special_tokens=True) for ids in encoded + random_ids(tokenizer.get_vocab_size())]
        answer = {"size": tokenizer.get_vocab_size(), "ids": check(encoded), "decoded": check(decoded)}
        os.write(writing, json.dumps(answer).encode())
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading) as answer:
        text = answer.read()
    os.waitpid(child, 0)
    return json.loads(text) if text else None


def case(shared):
    name = rnd.choice(list(shared) + ["byte", "sentencepiece"])
    parts = {
        "added_tokens": added_tokens(shared[name]),
        "normalizer": sequence(normalizer, "normalizers", 4),
        "pre_tokenizer": sequence(pre_tokenizer, "pretokenizers", 4),
        "decoder": sequence(decoder, "decoders", 4),
    }
    settings = {"ignore_merges": rnd.random() < 0.2, "fuse_unk": flag()}
    model = hidden({**shared[name], **settings})
    seen = [
        {**token, "content": next((t for t, i in model["vocab"].items() if i == token["id"]), token["content"])}
        for token in parts["added_tokens"]
    ]
    made = library(
        {"version": "1.0", "truncation": None, "padding": None, **parts, "added_tokens": seen, "post_processor": None, "model": model}
    )
    if made is None:
        print("ended:", json.dumps({key: parts[key] for key in ("normalizer", "pre_tokenizer", "decoder")}, ensure_ascii=False))
    return made and {"model": name, **settings, **parts, **made}


def compact(model):
    """With the vocabulary as a list, and merges as lines."""
    return {**model, "vocab": sorted(model["vocab"], key=model["vocab"].get), "merges": [" ".join(pair) for pair in model["merges"]]}


def sentencepiece_cases():
    """The committed models with settings of their normalizer, and a token of the user's own, appended as protobuf has it."""
    folder = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../resources/tokenizer/sentencepiece-")
    for name in ("bpe", "unigram"):
        for bits in range(8):
            prefix, extra_removed, escaped = bits & 1, bits >> 1 & 1, bits >> 2
            appended = bytes([0x1A, 6, 3 << 3, prefix, 4 << 3, extra_removed, 5 << 3, escaped])
            if bits % 3 == 0:
                appended += b"\x0a\x0a\x0a\x06<tool>\x18\x04"
            with open(folder + name + "/tokenizer.model", "rb") as file:
                model = sentencepiece.SentencePieceProcessor(model_proto=file.read() + appended)
            encoded = [model.encode(text) for text in TEXTS]
            # it decodes the unknown piece to " ⁇ ", where special tokens are to give nothing
            decoded = [model.decode([i for i in ids if not model.is_unknown(i)]) for ids in encoded + random_ids(model.vocab_size())]
            yield {"model": name, "appended": appended.hex(), "size": model.vocab_size(), "ids": check(encoded), "decoded": check(decoded)}


shared = models_to_share()
written, refused = [], 0
while len(written) < cases:
    made = case(shared)
    if made is None:
        refused += 1
    else:
        written.append(made)
with open(out, "w", encoding="utf-8", newline="") as file:
    file.write('{"texts": ' + json.dumps(TEXTS) + ',\n"models": {\n')
    file.write(
        ",\n".join(
            json.dumps(name) + ": " + json.dumps(compact(model), separators=(",", ":"), ensure_ascii=False)
            for name, model in shared.items()
        )
    )
    file.write(
        '},\n"cases": [\n'
        + ",\n".join(json.dumps(c, separators=(",", ":"), ensure_ascii=False) for c in written)
        + '],\n"sentencepiece": [\n'
        + ",\n".join(json.dumps(c, separators=(",", ":")) for c in sentencepiece_cases())
        + "]}\n"
    )
print(len(written), "cases;", refused, "drawn again, refused by the library")
