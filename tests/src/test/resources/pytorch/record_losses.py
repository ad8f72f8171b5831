"""Trains a small GPT-2 with PyTorch and prints the losses that PyTorchLossTest compares with.

    python3 record_losses.py > losses.json

Weights and tokens come from a formula, so that nothing else has to be stored. The order of the samples is that of
Megatron-LM's GPT data set (gpt_dataset.py), worked out here again with NumPy. Sizes and arguments are those of the test.
"""
import json
import math

import numpy as np
import torch
import torch.nn.functional as F

LAYERS, HIDDEN, HEADS, LENGTH, TOKENS, ROWS = 2, 16, 2, 16, 257, 320
ITERS, BATCH, MICRO, SEED = 12, 4, 2, 1234
LR, MIN_LR, WARMUP, DECAY = 0.01, 0.001, 3 * BATCH, 12 * BATCH
EVAL_INTERVAL, EVAL_ITERS = 6, 2
DOCUMENTS, TRAIN_DOCUMENTS, END = 40, 32, 256
torch.set_num_threads(1)


def noise(number, elements):
    """Values in [-0.5, 0.5) of 24 bits: exact in float32."""
    mask = np.uint64(0xFFFFFFFF)
    x = (np.arange(1, elements + 1, dtype=np.uint64) * np.uint64(2654435761) + np.uint64(number) * np.uint64(40503)) & mask
    x ^= x >> np.uint64(15)
    x = (x * np.uint64(2246822519)) & mask
    x ^= x >> np.uint64(13)
    return (x >> np.uint64(8)).astype(np.float64) / 2.0**24 - 0.5


def names():
    yield "word_embeddings.weight", (ROWS, HIDDEN)
    yield "position_embeddings.weight", (LENGTH, HIDDEN)
    for i in range(LAYERS):
        p = f"layers.{i}."
        yield p + "input_layernorm.weight", (HIDDEN,)
        yield p + "input_layernorm.bias", (HIDDEN,)
        yield p + "self_attention.query_key_value.weight", (3 * HIDDEN, HIDDEN)
        yield p + "self_attention.query_key_value.bias", (3 * HIDDEN,)
        yield p + "self_attention.dense.weight", (HIDDEN, HIDDEN)
        yield p + "self_attention.dense.bias", (HIDDEN,)
        yield p + "post_attention_layernorm.weight", (HIDDEN,)
        yield p + "post_attention_layernorm.bias", (HIDDEN,)
        yield p + "mlp.dense_h_to_4h.weight", (4 * HIDDEN, HIDDEN)
        yield p + "mlp.dense_h_to_4h.bias", (4 * HIDDEN,)
        yield p + "mlp.dense_4h_to_h.weight", (HIDDEN, 4 * HIDDEN)
        yield p + "mlp.dense_4h_to_h.bias", (HIDDEN,)
    yield "final_layernorm.weight", (HIDDEN,)
    yield "final_layernorm.bias", (HIDDEN,)


def weights():
    made = {}
    for number, (name, shape) in enumerate(names()):
        values = noise(number, int(np.prod(shape))).reshape(shape)
        values = values * 0.5 if len(shape) == 2 else values * 0.125
        if name.endswith("layernorm.weight"):
            values = values + 1
        made[name] = torch.tensor(values, dtype=torch.float32, requires_grad=True)
    return made


def documents():
    for d in range(DOCUMENTS):
        length = 5 + d * 7 % 23
        yield [32 + int((value + 0.5) * 64) for value in noise(1000 + d, length)] + [END]


def samples(docs, first, last, wanted):
    """The samples of documents [first, last) in Megatron-LM's order."""
    sizes = [len(d) for d in docs]
    tokens = sum(sizes[first:last])
    epochs = 1
    while (epochs * tokens - 1) // LENGTH < wanted:
        epochs += 1
    joint = epochs
    if epochs > 1:
        before = ((epochs - 1) * tokens - 1) // LENGTH
        if wanted - before < int(0.80 * ((tokens - 1) // LENGTH)):
            joint = epochs - 1
    rng = np.random.RandomState(SEED)
    order = np.tile(np.arange(first, last, dtype=np.int32), joint)
    rng.shuffle(order)
    if joint < epochs:
        tail = np.arange(first, last, dtype=np.int32)
        rng.shuffle(tail)
        order = np.concatenate([order, tail])
    stream = [token for d in order for token in docs[d]]
    total = (epochs * tokens - 1) // LENGTH
    split = (joint * tokens - 1) // LENGTH
    shuffle = np.arange(split, dtype=np.uint32)
    rng.shuffle(shuffle)
    if split < total:
        tail = np.arange(split, total, dtype=np.uint32)
        rng.shuffle(tail)
        shuffle = np.concatenate([shuffle, tail])
    return [stream[int(s) * LENGTH : int(s) * LENGTH + LENGTH + 1] for s in shuffle]


def loss(w, batch, within):
    """Mean loss of a microbatch; `within` documents positions begin again, attention ends, ends do not count."""
    ids = torch.tensor(batch)
    tokens, targets = ids[:, :-1], ids[:, 1:]
    positions = torch.arange(LENGTH).repeat(len(batch), 1)
    allowed = torch.tril(torch.ones(LENGTH, LENGTH, dtype=torch.bool)).repeat(len(batch), 1, 1)
    mask = torch.ones(tokens.shape)
    if within:
        for b in range(len(batch)):
            begin = 0
            for t in range(LENGTH):
                if tokens[b, t] == END:
                    mask[b, t] = 0
                    allowed[b, t + 1 :, : t + 1] = False
                    positions[b, t + 1 :] -= t + 1 - begin
                    begin = t + 1
    x = w["word_embeddings.weight"][tokens] + w["position_embeddings.weight"][positions]
    for i in range(LAYERS):
        p = f"layers.{i}."

        def norm(y, name):
            return F.layer_norm(y, (HIDDEN,), w[p + name + ".weight"], w[p + name + ".bias"], 1e-5)

        def linear(y, name):
            return F.linear(y, w[p + name + ".weight"], w[p + name + ".bias"])

        qkv = linear(norm(x, "input_layernorm"), "self_attention.query_key_value")
        qkv = qkv.view(len(batch), LENGTH, HEADS, 3, HIDDEN // HEADS)
        q, k, v = (qkv[:, :, :, j].transpose(1, 2) for j in range(3))
        scores = q @ k.transpose(-1, -2) / math.sqrt(HIDDEN // HEADS)
        scores = scores.masked_fill(~allowed[:, None], -10000.0)
        mixed = (torch.softmax(scores, -1) @ v).transpose(1, 2).reshape(len(batch), LENGTH, HIDDEN)
        x = x + linear(mixed, "self_attention.dense")
        inner = linear(norm(x, "post_attention_layernorm"), "mlp.dense_h_to_4h")
        inner = 0.5 * inner * (1 + torch.tanh(math.sqrt(2 / math.pi) * (inner + 0.044715 * inner**3)))
        x = x + linear(inner, "mlp.dense_4h_to_h")
    x = F.layer_norm(x, (HIDDEN,), w["final_layernorm.weight"], w["final_layernorm.bias"], 1e-5)
    logits = F.linear(x, w["word_embeddings.weight"])
    each = F.cross_entropy(logits.reshape(-1, ROWS), targets.reshape(-1), reduction="none")
    return (each * mask.reshape(-1)).sum() / mask.sum()


def rate(consumed):
    if consumed <= WARMUP:
        return LR * consumed / WARMUP
    return MIN_LR + (LR - MIN_LR) * 0.5 * (1 + math.cos(math.pi * (consumed - WARMUP) / (DECAY - WARMUP)))


def train(within):
    docs = list(documents())
    training = samples(docs, 0, TRAIN_DOCUMENTS, ITERS * BATCH)
    held = samples(docs, TRAIN_DOCUMENTS, DOCUMENTS, (ITERS // EVAL_INTERVAL + 1) * EVAL_ITERS * BATCH)
    w = weights()
    groups = [
        {"params": [p for p in w.values() if p.dim() > 1], "weight_decay": 0.1},
        {"params": [p for p in w.values() if p.dim() == 1], "weight_decay": 0.0},
    ]
    adam = torch.optim.AdamW(groups, betas=(0.9, 0.95), eps=1e-8)
    log = {"iterations": [], "validation": []}
    evaluated = 0
    for step in range(1, ITERS + 1):
        adam.zero_grad()
        consumed = (step - 1) * BATCH
        total = 0.0
        for at in range(consumed, consumed + BATCH, MICRO):
            micro = loss(w, training[at : at + MICRO], within)
            (micro * MICRO / BATCH).backward()
            total += micro.item() * MICRO / BATCH
        norm = torch.nn.utils.clip_grad_norm_(w.values(), 1.0).item()
        for group in adam.param_groups:
            group["lr"] = rate(consumed)
        adam.step()
        log["iterations"].append({"loss": total, "grad_norm": norm, "next_rate": rate(consumed + BATCH)})
        for _ in range((step % EVAL_INTERVAL == 0) + (step == ITERS)):
            with torch.no_grad():
                ends = range(evaluated, evaluated + EVAL_ITERS * BATCH, MICRO)
                log["validation"].append(float(np.mean([loss(w, held[i : i + MICRO], within).item() for i in ends])))
            evaluated += EVAL_ITERS * BATCH
    return log


print(json.dumps({"torch": torch.__version__, "plain": train(False), "within documents": train(True)}, indent=1))
