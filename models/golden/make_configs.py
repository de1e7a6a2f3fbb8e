#!/usr/bin/env python3
"""Writes configs.json and default_configs.json beside it with transformers (made with torch 2.13, transformers 5.17):

  configs.json          300 random config.json, one a line, of tiny Llama, Mistral, Qwen2 and OPT models in the styles of transformers
                        4 and 5: plain ones, and ones with fields dropped, null, of another type, out of range, doubled or unknown. With
                        each what transformers makes of it: the last logits of IDS under the weights of `fill`, or the exception
  default_configs.json  the config.json that transformers itself writes for each family

The weights are a formula of name and index, so that whoever reads a config can compute the same logits. Nothing here is downloaded."""

import json
import random
import tempfile
import warnings
import zlib
from pathlib import Path

import numpy
import torch
from transformers import AutoConfig, AutoModelForCausalLM, LlamaConfig, MistralConfig, OPTConfig, Qwen2Config, logging

HERE = Path(__file__).parent
COUNT, SEED = 300, 7
IDS = [3, 1, 4, 1, 5, 9, 2, 6, 5, 11, 7, 8]
SHOWN = 6
TOO_LARGE = 5000  # a size that transformers would try to allocate


def fill(model):
    """Parameters as a hash of their name and index: multiples of a power of two, the same in any language."""
    for name, p in model.named_parameters():
        h = (numpy.arange(p.numel(), dtype=numpy.uint64) * 2654435761 + zlib.crc32(name.encode())) & 0xFFFFFFFF
        for _ in range(2):
            h = ((h ^ (h >> 16)) * 0x45D9F3B) & 0xFFFFFFFF
        h ^= h >> 16
        columns = 16 if p.dim() == 1 else 4 if "embed" in name else p.shape[1]
        spread = 2.0 ** -round(numpy.log2(columns) / 2)
        values = ((h >> 8) * 2.0**-23 - 1) * spread + (1.0 if name.endswith("norm.weight") else 0.0)
        p.data = torch.from_numpy(values.astype(numpy.float32)).reshape(p.shape)


def rope(choice, style, layers):
    theta = choice([100.0, 10000.0, 500000.0, 1e6])
    scaling = choice(
        [
            None,
            None,
            None,
            {"type": "linear", "factor": 4.0},
            {"rope_type": "linear", "factor": 2},
            {"rope_type": "dynamic", "factor": 2.0},
            {"rope_type": "llama3", "factor": 8.0, "low_freq_factor": 1.0, "high_freq_factor": 4.0, "original_max_position_embeddings": 8},
            {"rope_type": "yarn", "factor": 4.0, "original_max_position_embeddings": 8},
            {"rope_type": "default"},
        ]
    )
    if style == 4:
        return {"rope_theta": theta, "rope_scaling": scaling}
    parameters = {"rope_theta": theta, "rope_type": "default"} | (scaling or {})
    return {"rope_parameters": choice([parameters, {k: v for k, v in parameters.items() if k != "rope_theta"}, parameters])}


def rotary(choice, kind, style):
    heads = choice([2, 4, 6])
    config = {
        "architectures": [{"llama": "Llama", "mistral": "Mistral", "qwen2": "Qwen2"}[kind] + "ForCausalLM"],
        "bos_token_id": 1,
        "eos_token_id": choice([2, [2, 3]]),
        "hidden_act": "silu",
        "hidden_size": 12,
        "initializer_range": 0.02,
        "intermediate_size": choice([9, 16]),
        "max_position_embeddings": choice([16, 64]),
        "model_type": kind,
        "num_attention_heads": heads,
        "num_hidden_layers": 2,
        "num_key_value_heads": choice([1, 2, heads]),
        "rms_norm_eps": choice([1e-5, 1e-6]),
        "tie_word_embeddings": choice([True, False]),
        "use_cache": True,
        "vocab_size": 23,
    }
    config |= rope(choice, style, 2)
    config["head_dim"] = choice([4, 6, 12 // heads if 12 // heads % 2 == 0 else 2])
    if kind == "llama":
        config |= {"attention_bias": choice([True, False]), "mlp_bias": choice([True, False])}
        config |= {"attention_dropout": 0.0, "pretraining_tp": 1}
    if kind == "mistral":
        config["sliding_window"] = choice([None, 3, 4, 4096])
    if kind == "qwen2":
        config |= {"use_sliding_window": choice([True, False]), "sliding_window": choice([None, 3, 5])}
        config["max_window_layers"] = choice([0, 2, 28])
    if style == 5 and choice([True, False]):
        config["layer_types"] = choice([["full_attention"] * 2, ["sliding_attention"] * 2, ["full_attention", "sliding_attention"]])
    return config


def opt(choice, style):
    heads = choice([2, 3])
    config = {
        "architectures": ["OPTForCausalLM"],
        "model_type": "opt",
        "_remove_final_layer_norm": choice([True, False]),
        "activation_function": choice(["relu", "gelu", "gelu_new"]),
        "attention_dropout": 0.0,
        "bos_token_id": 2,
        "dropout": 0.1,
        "do_layer_norm_before": choice([True, False]),
        "enable_bias": choice([True, False]),
        "eos_token_id": 2,
        "ffn_dim": 11,
        "hidden_size": 12,
        "init_std": 0.02,
        "layer_norm_elementwise_affine": choice([True, False]),
        "layerdrop": 0.0,
        "max_position_embeddings": 16,
        "num_attention_heads": heads,
        "num_hidden_layers": 2,
        "pad_token_id": 1,
        "use_cache": True,
        "vocab_size": 23,
        "word_embed_proj_dim": choice([12, 12, 7]),
    }
    return config | choice([{}, {"tie_word_embeddings": False}, {"tie_word_embeddings": True}, {"prefix": "</s>"}])


def values(choice, old):
    """Something else in the place of a value."""
    return choice(
        [
            None,
            [],
            {},
            "",
            "a",
            str(old),
            [old],
            {"a": old},
            True,
            False,
            0,
            -1,
            1,
            3,
            0.5,
            1e-308,
            1e30,
            2147483647,
            2147483648,
            10**9,
            10**30,
            float(old) if isinstance(old, int) else 7,
        ]
    )


def damaged(random, config):
    """The pairs of a config with up to three damages."""
    choice, pairs = random.choice, list(config.items())
    for _ in range(choice([0, 0, 1, 1, 1, 2, 3])):
        at = random.randrange(len(pairs))
        name, old = pairs[at]
        match choice(["drop", "drop", "null", "other", "other", "other", "double", "unknown", "inner"]):
            case "drop":
                pairs.pop(at)
            case "null":
                pairs[at] = (name, None)
            case "other":
                pairs[at] = (name, values(choice, old))
            case "double":
                pairs.append((name, choice([old, values(choice, old)])))
            case "unknown":
                pairs.append(
                    (
                        choice(
                            [
                                "frobnicate",
                                "attn_logit_softcapping",
                                "use_mrope",
                                "layer_types",
                                "sliding_window",
                                "head_dim",
                                "rope_scaling",
                                "partial_rotary_factor",
                                "quantization_config",
                            ]
                        ),
                        values(choice, 2),
                    )
                )
            case "inner":
                for i, (name, old) in enumerate(pairs):
                    if isinstance(old, dict) and old:
                        key = choice(list(old))
                        pairs[i] = (name, old | {key: values(choice, old[key])})
    return pairs


def config_text(random):
    kind, style = random.choice(["llama", "llama", "mistral", "qwen2", "opt"]), random.choice([4, 5])
    config = opt(random.choice, style) if kind == "opt" else rotary(random.choice, kind, style)
    config["torch_dtype" if style == 4 else "dtype"] = "float32"
    config["transformers_version"] = "4.40.1" if style == 4 else "5.17.0"
    return "{" + ", ".join(f"{json.dumps(name)}: {json.dumps(value)}" for name, value in damaged(random, config)) + "}"


def largest(value):
    if isinstance(value, dict):
        return max(map(largest, value.values()), default=0)
    if isinstance(value, list):
        return max(map(largest, value), default=0)
    return abs(value) if isinstance(value, (int, float)) else 0


def what_transformers_says(text):
    config = json.loads(text)
    sizes = {name: v for name, v in config.items() if name not in ("rope_theta", "rope_scaling", "rope_parameters", "rms_norm_eps")}
    if largest(sizes) > TOO_LARGE:
        return {"refused": "not tried"}
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "config.json").write_text(text)
        try:
            model = AutoModelForCausalLM.from_config(AutoConfig.from_pretrained(folder), attn_implementation="eager").float().eval()
            fill(model)
            with torch.no_grad():
                logits = model(torch.tensor([IDS])).logits[0, -1]
            if not torch.isfinite(logits).all():
                return {"refused": "not finite"}
            return {"logits": [round(x, 6) for x in logits[:SHOWN].tolist()]}
        except Exception as e:  # whatever it is: the config is not one that transformers computes with
            return {"refused": type(e).__name__}


def main():
    logging.set_verbosity_error()
    warnings.simplefilter("ignore")
    source = random.Random(SEED)
    lines = []
    for _ in range(COUNT):
        text = config_text(source)
        lines.append(json.dumps({"config": text} | what_transformers_says(text)))
    head = json.dumps({"ids": IDS, "configs": []})
    (HERE / "configs.json").write_text(head[:-2] + "\n" + ",\n".join(lines) + "\n]}\n")
    defaults = {c.model_type: c().to_dict() for c in (LlamaConfig, MistralConfig, Qwen2Config, OPTConfig)}
    (HERE / "default_configs.json").write_text(json.dumps(defaults, indent=1, default=str) + "\n")
    accepted = sum('"logits"' in line for line in lines)
    print(f"{COUNT} configs: transformers computes {accepted}, refuses {COUNT - accepted}")


if __name__ == "__main__":
    main()
