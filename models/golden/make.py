#!/usr/bin/env python3
"""Writes the golden dumps beside it with PyTorch and transformers (made with torch 2.13, transformers 5.17):

  <model>/          a tiny random checkpoint, as transformers saves it, with
    batch.json        sequences, their prompt lengths, the mean loss of what follows the prompts, and the losses of a few AdamW steps
    expected.safetensors  logits of each sequence and the gradient of that loss for every parameter
    ppo.json          (llama alone) completions with their scores, and what two epochs of PPO over them do
    methods.json      (llama alone) the same for the methods without values: GRPO, Dr. GRPO, RLOO, REINFORCE++
  <model>-classifier/  a tiny model for sequence classification, as transformers saves it, with
    batch.json        sequences, the class of each, and the mean loss
    expected.safetensors  logits of the classes and the gradient of that loss for every parameter
  method.json       the arithmetic of METHOD.md in plain PyTorch: losses, advantages, AdamW, the cuts of sampling

Sequences run one by one, so that the dumps hold packed batches to account. Run it again only to add something: other versions of
PyTorch round differently."""

import json
import shutil
from pathlib import Path

import torch
from safetensors.torch import save_file
from transformers import (
    AutoModelForSequenceClassification,
    LlamaConfig,
    LlamaForCausalLM,
    MistralConfig,
    MistralForCausalLM,
    OPTConfig,
    OPTForCausalLM,
    Qwen2Config,
    Qwen2ForCausalLM,
    TemperatureLogitsWarper,
    TopKLogitsWarper,
    TopPLogitsWarper,
)
from torch.nn.functional import cross_entropy

HERE = Path(__file__).parent
VOCAB = 19
TRAINING = dict(lr=5e-3, weight_decay=0.1, max_grad_norm=0.5, steps=5)


def opt(heads, head_size, **more):
    sizes = dict(
        vocab_size=VOCAB,
        hidden_size=heads * head_size,
        word_embed_proj_dim=heads * head_size,
        ffn_dim=11,
        num_hidden_layers=2,
        num_attention_heads=heads,
        max_position_embeddings=16,
        dropout=0.0,
    )
    return OPTForCausalLM(OPTConfig(**sizes | more))


def rotary(model, config, channels, heads, kv_heads, head_size, **more):
    return model(
        config(
            vocab_size=VOCAB,
            hidden_size=channels,
            intermediate_size=11,
            num_hidden_layers=2,
            num_attention_heads=heads,
            num_key_value_heads=kv_heads,
            head_dim=head_size,
            max_position_embeddings=16,
            bos_token_id=1,
            eos_token_id=2,
            **more,
        )
    )


def llama(*sizes, **more):
    return rotary(LlamaForCausalLM, LlamaConfig, *sizes, **more)


MODELS = {
    "opt": lambda: opt(3, 5),
    "opt-bare": lambda: opt(2, 6, enable_bias=False, layer_norm_elementwise_affine=False, activation_function="gelu"),
    "opt-untied": lambda: opt(1, 7, tie_word_embeddings=False, layer_norm_elementwise_affine=False, activation_function="gelu_new"),
    "llama": lambda: llama(9, 3, 1, 4, rope_parameters={"rope_type": "default", "rope_theta": 77.0}),
    "llama-tied": lambda: llama(12, 4, 2, 6, tie_word_embeddings=True, attention_bias=True, mlp_bias=True, pad_token_id=0),
    "llama-scaled": lambda: llama(
        10,
        5,
        5,
        2,
        rope_parameters={
            "rope_type": "llama3",
            "rope_theta": 500.0,
            "factor": 8.0,
            "low_freq_factor": 1.0,
            "high_freq_factor": 4.0,
            "original_max_position_embeddings": 8,
        },
    ),
    "mistral": lambda: rotary(MistralForCausalLM, MistralConfig, 12, 6, 3, 4, sliding_window=3),
    "qwen2": lambda: rotary(
        Qwen2ForCausalLM, Qwen2Config, 14, 7, 1, 2, tie_word_embeddings=True, use_sliding_window=True, sliding_window=4, max_window_layers=0
    ),
    "opt-behind": lambda: opt(2, 4, do_layer_norm_before=False, layer_norm_elementwise_affine=False),
    "opt-350m": lambda: opt(2, 5, do_layer_norm_before=False, word_embed_proj_dim=6),
    "opt-projected": lambda: opt(3, 2, word_embed_proj_dim=9, tie_word_embeddings=False, _remove_final_layer_norm=True),
}


def randomise(model):
    """Weights large enough that every part of the model matters."""
    for name, p in model.named_parameters():
        spread = 0.3 if p.dim() == 1 else 0.7 if "embed" in name else p.shape[1] ** -0.5
        p.data = torch.randn(p.shape) * spread + (1.0 if name.endswith("norm.weight") else 0.0)


def mean_loss(model, sequences, prompts):
    losses = []
    for ids, prompt in zip(sequences, prompts):
        logits = model(torch.tensor([ids])).logits[0]
        losses.append(cross_entropy(logits[prompt - 1 : -1], torch.tensor(ids[prompt:]), reduction="sum"))
    return sum(losses) / sum(len(s) - p for s, p in zip(sequences, prompts))


def dump_model(seed, name, make):
    torch.manual_seed(seed)
    model = make().float().eval()
    model.config._attn_implementation = "eager"
    randomise(model)
    folder = HERE / name
    shutil.rmtree(folder, ignore_errors=True)
    model.save_pretrained(folder)
    (folder / "generation_config.json").unlink(missing_ok=True)

    # the padding token of OPT, 1, is among them: its embedding has no gradient as an input
    sequences = [torch.randint(VOCAB, (n,)).tolist() for n in (13, 2, 16, 5)]
    sequences[0][4] = 1
    sequences[2][:2] = [0, 1]
    prompts = [6, 1, 1, 4]
    logits = {f"logits.{i}": model(torch.tensor([s])).logits[0].detach().contiguous() for i, s in enumerate(sequences)}
    loss = mean_loss(model, sequences, prompts)
    loss.backward()
    gradients = {f"gradient.{n}": p.grad.clone() for n, p in model.named_parameters()}
    save_file(logits | gradients, folder / "expected.safetensors")

    optimizer = torch.optim.AdamW(model.parameters(), lr=TRAINING["lr"], weight_decay=TRAINING["weight_decay"])
    losses, norms = [], []
    for _ in range(TRAINING["steps"]):
        optimizer.zero_grad()
        step = mean_loss(model, sequences, prompts)
        step.backward()
        norms.append(torch.nn.utils.clip_grad_norm_(model.parameters(), TRAINING["max_grad_norm"]).item())
        optimizer.step()
        losses.append(step.item())
    write(
        folder / "batch.json",
        dict(sequences=sequences, prompt_lengths=prompts, loss=loss.item(), training=TRAINING, losses=losses, norms=norms),
    )


def dump_classifier(seed, name):
    """Cross-entropy over two classes at the last token of each sequence, on the layers of a model above."""
    torch.manual_seed(seed)
    model = AutoModelForSequenceClassification.from_config(MODELS[name]().config).float().eval()
    model.config._attn_implementation = "eager"
    randomise(model)
    folder = HERE / f"{name}-classifier"
    shutil.rmtree(folder, ignore_errors=True)
    model.save_pretrained(folder)
    sequences, classes = [torch.randint(2, VOCAB, (n,)).tolist() for n in (13, 1, 16, 5)], [1, 0, 0, 1]
    logits = torch.cat([model(torch.tensor([s])).logits for s in sequences])
    loss = cross_entropy(logits, torch.tensor(classes))
    loss.backward()
    gradients = {f"gradient.{n}": p.grad.clone() for n, p in model.named_parameters()}
    save_file({"logits": logits.detach().contiguous()} | gradients, folder / "expected.safetensors")
    write(folder / "batch.json", dict(sequences=sequences, classes=classes, loss=loss.item()))


def dump_ppo():
    """Two epochs over one minibatch, with a reference that is the policy shrunk by a twentieth."""
    torch.manual_seed(11)
    options = dict(beta=0.1, gamma=1.0, lam=0.95, clip=0.2, value_clip=0.2, vf_coef=0.5, epochs=2, lr=1e-2)
    policy = LlamaForCausalLM.from_pretrained(HERE / "llama", dtype=torch.float32, attn_implementation="eager").eval()
    value_weight, value_bias = (0.5 * torch.randn(policy.config.hidden_size)).requires_grad_(), torch.tensor([0.3], requires_grad=True)
    reference = LlamaForCausalLM.from_pretrained(HERE / "llama", dtype=torch.float32, attn_implementation="eager").eval()
    for p in reference.parameters():
        p.data *= 0.95
    prompts = [torch.randint(VOCAB, (n,)).tolist() for n in (3, 1, 6, 2, 4)]
    answers = [torch.randint(VOCAB, (n,)).tolist() for n in (5, 9, 1, 4, 12)]
    score = torch.tensor([1.0, 0.0, 0.1, 1.0, 0.0])
    lengths = [len(a) for a in answers]
    starts = [sum(lengths[:b]) for b in range(len(lengths) + 1)]

    def run(model):
        """Log-probability and entropy of each action, and the value before it."""
        logprobs, entropies, values = [], [], []
        for prompt, answer in zip(prompts, answers):
            hidden = model.model(torch.tensor([prompt + answer])).last_hidden_state[0, len(prompt) - 1 : -1]
            log_p = torch.log_softmax(model.lm_head(hidden), -1)
            logprobs.append(log_p[range(len(answer)), answer])
            entropies.append(-(log_p.exp() * log_p).sum(-1))
            values.append(hidden @ value_weight + value_bias)
        return torch.cat(logprobs), torch.cat(entropies), torch.cat(values)

    with torch.no_grad():
        old, _, value_old = run(policy)
        old, value_old = old + 0.2 * torch.randn(old.shape), value_old + 0.3 * torch.randn(old.shape)
        ref = run(reference)[0]
    batch = estimate(options, starts, score, old, ref, value_old)
    parameters = [*policy.parameters(), value_weight, value_bias]
    optimizer = torch.optim.AdamW(parameters, lr=options["lr"], weight_decay=0.0)
    steps = []
    for _ in range(options["epochs"]):
        logprob, entropy, value = run(policy)
        pg, vf, clipped, weight = losses_of_actions(options, batch, logprob, value)
        optimizer.zero_grad()
        (weight * (pg + options["vf_coef"] * vf)).sum().backward()
        norm = torch.nn.utils.clip_grad_norm_(parameters, 1.0)
        steps.append([x.item() for x in ((weight * pg).sum(), (weight * vf).sum(), clipped.float().mean(), entropy.mean(), norm)])
        if len(steps) == 1:
            head = dict(value_weight=value_weight.detach().clone(), value_bias=value_bias.detach().clone())
        optimizer.step()
    policy_loss, value_loss, share, entropy, norm = torch.tensor(steps).mean(0).tolist()
    logprob, _, value = run(policy)
    write(
        HERE / "llama" / "ppo.json",
        dict(
            options,
            **head,
            prompts=prompts,
            answers=answers,
            score=score,
            old_logprob=old,
            old_value=value_old,
            ref_logprob=ref,
            policy_loss=policy_loss,
            value_loss=value_loss,
            clipped=share,
            entropy=entropy,
            grad_norm=norm,
            logprob=logprob,
            value=value,
        ),
    )


METHODS = {
    "grpo": dict(beta=0.2, kl="loss", clip=0.2, clip_high=0.28, mean="sequence"),
    "dr_grpo": dict(beta=0.2, kl="loss", clip=0.2, clip_high=0.2, mean="constant", longest=12),
    "rloo": dict(beta=0.1, kl="reward", clip=0.2, clip_high=0.2, mean="constant", longest=12),
    "reinforce_plus_plus": dict(beta=0.1, kl="reward", clip=0.2, clip_high=0.2, mean="token"),
}


def advantages_of(name, rewards, score, starts, group):
    """What each action is worth, question by question as the papers have it."""
    lengths = [end - start for start, end in zip(starts, starts[1:])]
    total = torch.stack([rewards[start:end].sum() for start, end in zip(starts, starts[1:])])
    worth = []
    for b, n in enumerate(lengths):
        own = range(b - b % group, b - b % group + group)
        if name in ("grpo", "dr_grpo"):
            of_group = score[list(own)]
            a = score[b] - of_group.mean()
            worth.append((a / (of_group.std() + 1e-4) if name == "grpo" else a).expand(n))
        elif name == "rloo":
            worth.append((total[b] - torch.stack([total[o] for o in own if o != b]).mean()).expand(n))
        else:
            ahead = rewards[starts[b] : starts[b + 1]].flip(0).cumsum(0).flip(0)
            worth.append(ahead - score[list(own)].mean())
    worth = torch.cat(worth)
    return (worth - worth.mean()) / torch.sqrt(worth.var() + 1e-8) if name == "reinforce_plus_plus" else worth


def dump_methods():
    """Two epochs over one minibatch of two groups of three, with a reference that is the policy shrunk by a twentieth."""
    torch.manual_seed(12)
    group, epochs, lr = 3, 2, 1e-2
    prompts = [p for p in [torch.randint(VOCAB, (n,)).tolist() for n in (3, 5)] for _ in range(group)]
    answers = [torch.randint(VOCAB, (n,)).tolist() for n in (5, 9, 1, 4, 12, 7)]
    score = torch.tensor([1.0, 0.0, 0.1, 1.0, 1.0, 0.0])
    lengths = [len(a) for a in answers]
    starts = [sum(lengths[:b]) for b in range(len(lengths) + 1)]
    noise = 0.2 * torch.randn(sum(lengths))

    def load():
        return LlamaForCausalLM.from_pretrained(HERE / "llama", dtype=torch.float32, attn_implementation="eager").eval()

    def logprobs(model):
        parts = []
        for prompt, answer in zip(prompts, answers):
            log_p = torch.log_softmax(model(torch.tensor([prompt + answer])).logits[0, len(prompt) - 1 : -1], -1)
            parts.append(log_p[range(len(answer)), answer])
        return torch.cat(parts)

    reference = load()
    for p in reference.parameters():
        p.data *= 0.95
    with torch.no_grad():
        old, ref = logprobs(load()) + noise, logprobs(reference)
    methods = {}
    for name, options in METHODS.items():
        policy = load()
        rewards = -options["beta"] * (old - ref) if options["kl"] == "reward" else torch.zeros_like(old)
        for b, end in enumerate(starts[1:]):
            rewards[end - 1] += score[b]
        advantages = advantages_of(name, rewards, score, starts, group)
        each = {
            "sequence": lambda n: 1 / n / len(lengths),
            "token": lambda n: 1 / sum(lengths),
            "constant": lambda n: 1 / options["longest"] / len(lengths),
        }
        weight = torch.cat([torch.full((n,), each[options["mean"]](n)) for n in lengths])
        optimizer = torch.optim.AdamW(policy.parameters(), lr=lr, weight_decay=0.0)
        steps = []
        for _ in range(epochs):
            logprob = logprobs(policy)
            ratio = torch.exp(logprob - old)
            pg = torch.maximum(-advantages * ratio, -advantages * ratio.clamp(1 - options["clip"], 1 + options["clip_high"]))
            kl = torch.exp(ref - logprob) - (ref - logprob) - 1
            loss = (weight * (pg + (options["beta"] * kl if options["kl"] == "loss" else 0))).sum()
            optimizer.zero_grad()
            loss.backward()
            norm = torch.nn.utils.clip_grad_norm_(policy.parameters(), 1.0)
            steps.append([x.item() for x in ((weight * pg).sum(), (weight * kl).sum(), norm)])
            optimizer.step()
        policy_loss, kl_loss, norm = torch.tensor(steps).mean(0).tolist()
        methods[name] = dict(
            options, advantages=advantages, policy_loss=policy_loss, kl_loss=kl_loss, grad_norm=norm, logprob=logprobs(policy)
        )
    write(
        HERE / "llama" / "methods.json",
        dict(
            group=group,
            epochs=epochs,
            lr=lr,
            prompts=prompts,
            answers=answers,
            score=score,
            old_logprob=old,
            ref_logprob=ref,
            methods=methods,
        ),
    )


def write(path, content):
    """JSON with as many digits as an fp32 number has."""

    def plain(x):
        if isinstance(x, torch.Tensor):
            x = x.detach().tolist()
        if isinstance(x, dict):
            return {k: plain(v) for k, v in x.items()}
        if isinstance(x, (list, tuple)):
            return [plain(v) for v in x]
        return float(f"{x:.9g}") if isinstance(x, float) else x

    path.write_text(json.dumps(plain(content), separators=(",", ":")).replace("},", "},\n").replace("],", "],\n") + "\n")


def estimate(options, starts, score, old, ref, value_old):
    """Rewards, GAE and whitening as METHOD.md has them, sequence by sequence and action by action."""
    gamma, lam = options["gamma"], options["lam"]
    rewards, advantages = -options["beta"] * (old - ref), torch.zeros_like(old)
    for b, end in enumerate(starts[1:]):
        rewards[end - 1] += score[b]
        for t in range(starts[b], end):
            advantages[t] = sum(
                (gamma * lam) ** (s - t) * (rewards[s] + (gamma * value_old[s + 1] if s + 1 < end else 0) - value_old[s])
                for s in range(t, end)
            )
    return dict(
        cu_actions=starts,
        score=score,
        old_logprob=old,
        ref_logprob=ref,
        old_value=value_old,
        rewards=rewards,
        advantages=advantages,
        returns=advantages + value_old,
        whitened=(advantages - advantages.mean()) / torch.sqrt(advantages.var() + 1e-8),
    )


def losses_of_actions(options, batch, logprob, value):
    """pg, vf and whether pg was clipped, of each action, and the action's weight in the mean."""
    clip, value_clip, advantage = options["clip"], options["value_clip"], batch["whitened"]
    ratio = torch.exp(logprob - batch["old_logprob"])
    free, bounded = -advantage * ratio, -advantage * ratio.clamp(1 - clip, 1 + clip)
    near = torch.maximum(torch.minimum(value, batch["old_value"] + value_clip), batch["old_value"] - value_clip)
    vf = 0.5 * torch.maximum((value - batch["returns"]) ** 2, (near - batch["returns"]) ** 2)
    lengths = [end - start for start, end in zip(batch["cu_actions"], batch["cu_actions"][1:])]
    weight = torch.cat([torch.full((n,), 1 / n / len(lengths)) for n in lengths])
    return torch.maximum(free, bounded), vf, bounded > free, weight


def ppo():
    options = dict(beta=0.05, gamma=0.97, lam=0.95, clip=0.2, value_clip=0.2, vf_coef=5.0)
    starts, score = [0, 1, 8, 11, 23, 25], torch.tensor([1.0, 0.0, 0.1, 1.0, 0.0])
    old, ref, value_old = -2 * torch.rand(25), -2 * torch.rand(25), torch.randn(25)
    batch = estimate(options, starts, score, old, ref, value_old)
    logprob = (old + 0.3 * torch.randn(25)).requires_grad_()
    value = (value_old + 0.3 * torch.randn(25)).requires_grad_()
    pg, vf, clipped, weight = losses_of_actions(options, batch, logprob, value)
    (weight * (pg + options["vf_coef"] * vf)).sum().backward()
    return dict(
        options,
        **batch,
        logprob=logprob,
        value=value,
        weight=weight,
        pg=pg,
        vf=vf,
        clipped=clipped.float(),
        dlogprob=logprob.grad,
        dvalue=value.grad,
    )


def adamw():
    lr, decay, max_norm, beta1, beta2, eps = [1e-2, 2e-2, 5e-3, 1e-2], 0.1, 1.0, 0.9, 0.98, 1e-6
    parameter = torch.randn(21)
    start = parameter.clone()
    parameter.requires_grad_()
    optimizer = torch.optim.AdamW([parameter], betas=(beta1, beta2), eps=eps, weight_decay=decay)
    gradients, norms, parameters = [], [], []
    for rate, spread in zip(lr, (1.0, 0.1, 3.0, 0.01)):  # clipped, not, clipped, not
        optimizer.param_groups[0]["lr"] = rate
        parameter.grad = torch.randn(21) * spread
        gradients.append(parameter.grad.clone())
        norms.append(torch.nn.utils.clip_grad_norm_([parameter], max_norm).item())
        optimizer.step()
        parameters.append(parameter.detach().clone())
    return dict(
        lr=lr,
        weight_decay=decay,
        max_norm=max_norm,
        beta1=beta1,
        beta2=beta2,
        eps=eps,
        start=start,
        gradients=gradients,
        norms=norms,
        parameters=parameters,
    )


def classifier():
    """Cross-entropy with a weight for each row; log-probability and entropy at a temperature, and the gradient of a sum of both."""
    rows, temperature = 5, 0.7
    logits = (3 * torch.randn(rows, 37)).requires_grad_()
    targets, weight, dlogprob, dentropy = torch.randint(37, (rows,)), torch.rand(rows), torch.randn(rows), torch.randn(rows)
    loss = cross_entropy(logits, targets, reduction="none")
    (dloss,) = torch.autograd.grad((weight * loss).sum(), logits)
    log_p = torch.log_softmax(logits / temperature, -1)
    logprob, entropy = log_p[range(rows), targets], -(log_p.exp() * log_p).sum(-1)
    (gradient,) = torch.autograd.grad((dlogprob * logprob + dentropy * entropy).sum(), logits)
    return dict(
        temperature=temperature,
        logits=logits,
        targets=targets,
        weight=weight,
        dlogprob=dlogprob,
        dentropy=dentropy,
        loss=loss,
        dloss=dloss,
        logprob=logprob,
        entropy=entropy,
        gradient=gradient,
    )


def cuts():
    """What is left of a distribution after temperature, top-k and top-p, as transformers cuts it."""
    logits = 2 * torch.randn(1, 40)
    cases = []
    for temperature, k, p in (
        (1.0, 5, 1.0),
        (0.7, 0, 0.8),
        (1.3, 10, 0.9),
        (1.0, 40, 0.5),
        (0.5, 3, 0.6),
        (1.0, 1, 1.0),
        (1.0, 0, 0.01),
        (2.0, 0, 1.0),
    ):
        left = TemperatureLogitsWarper(temperature)(None, logits) if temperature != 1 else logits
        left = TopKLogitsWarper(k)(None, left) if k else left
        left = TopPLogitsWarper(p)(None, left) if p < 1 else left
        cases.append(dict(temperature=temperature, top_k=k, top_p=p, probabilities=torch.softmax(left, -1)[0]))
    return dict(logits=logits[0], cases=cases)


if __name__ == "__main__":
    torch.set_num_threads(1)
    for seed, (name, make) in enumerate(MODELS.items()):
        dump_model(seed, name, make)
    for seed, name in enumerate(("llama-tied", "mistral", "opt", "opt-350m"), 100):
        dump_classifier(seed, name)
    dump_ppo()
    dump_methods()
    torch.manual_seed(7)
    write(HERE / "method.json", dict(ppo=ppo(), adamw=adamw(), classifier=classifier(), cuts=cuts()))
