"""Writes the tiny checkpoints under java/src/test/resources/checkpoint, as transformers and torch write them.

    python make_checkpoint_golden.py OUT        needs torch, transformers, safetensors

Element i of the k-th tensor (names sorted) is ((37 i + 11 k) % 101 - 50) / 16, which every floating-point type holds
exactly, so that the tests know what to expect without a second file.
"""

import json
import os
import shutil
import sys

import torch
from transformers import LlamaConfig, LlamaForCausalLM, OPTConfig, OPTForCausalLM

out = sys.argv[1]


def values(k, shape):
    n = torch.arange(torch.Size(shape).numel())
    return (((37 * n + 11 * k) % 101 - 50) / 16).reshape(shape)


def fill(model):
    state = model.state_dict()
    for k, name in enumerate(sorted(state)):
        state[name].copy_(values(k, state[name].shape))
    return model


def folder(name):
    path = os.path.join(out, name)
    shutil.rmtree(path, ignore_errors=True)
    os.makedirs(path)
    return path


llama = dict(
    hidden_size=8,
    num_attention_heads=2,
    num_key_value_heads=1,
    num_hidden_layers=1,
    intermediate_size=12,
    vocab_size=20,
    max_position_embeddings=16,
)
for dtype in (torch.float32, torch.float16, torch.bfloat16, torch.float64):
    name = str(dtype).split(".")[1]
    fill(LlamaForCausalLM(LlamaConfig(**llama))).to(dtype).save_pretrained(folder("llama-" + name))
fill(LlamaForCausalLM(LlamaConfig(**llama))).save_pretrained(folder("llama-shards"), max_shard_size="1KB")
fill(
    OPTForCausalLM(
        OPTConfig(
            hidden_size=8,
            num_attention_heads=2,
            num_hidden_layers=1,
            ffn_dim=12,
            vocab_size=20,
            max_position_embeddings=16,
            word_embed_proj_dim=4,
            do_layer_norm_before=False,
        )
    )
).save_pretrained(folder("opt"))

config = os.path.join(out, "llama-float32", "config.json")
state = fill(LlamaForCausalLM(LlamaConfig(**llama))).state_dict()
for protocol in (2, 4):
    path = folder(f"torch-{protocol}")
    shutil.copy(config, path)
    torch.save(state, os.path.join(path, "pytorch_model.bin"), pickle_protocol=protocol)
path = folder("torch-shards")
shutil.copy(config, path)
names = sorted(state)
places = {}
for part, group in enumerate((names[:6], names[6:]), 1):
    file = f"pytorch_model-{part:05d}-of-00002.bin"
    torch.save({name: state[name] for name in group}, os.path.join(path, file))
    places.update((name, file) for name in group)
with open(os.path.join(path, "pytorch_model.bin.index.json"), "w") as index:
    json.dump({"metadata": {"total_size": 1}, "weight_map": places}, index)

path = folder("torch-views")
shutil.copy(config, path)
whole = torch.arange(24.0).reshape(4, 6)
torch.save(
    {
        "whole": whole,
        "transposed": whole.t(),
        "part": whole[1:3, 2:5],
        "row": whole[2],
        "column": whole[:, 3],
        "permuted": whole.reshape(2, 3, 4).permute(2, 0, 1),
        "parameter": torch.nn.Parameter(whole.half()),
        "bfloat16": whole.bfloat16(),
        "float64": whole.double(),
        "int64": torch.arange(3),
        "empty": torch.zeros(0, 3),
        "scalar": torch.tensor(3.5),
    },
    os.path.join(path, "pytorch_model.bin"),
)


class Attack:
    def __reduce__(self):
        return os.system, ("true",)


def bad(name, value, **options):
    path = folder(name)
    shutil.copy(config, path)
    torch.save(value, os.path.join(path, "pytorch_model.bin"), **options)


bad("bad-attack", {"a": torch.ones(2), "b": Attack()})
bad("bad-legacy", {"a": torch.ones(2)}, _use_new_zipfile_serialization=False)
bad("bad-expanded", {"a": torch.ones(1).expand(1 << 40)})
bad("bad-nested", {"model": {"a": torch.ones(2)}})
