"""ConvN trained in the usual way in PyTorch, for `search-map-bits.mjs`, from the numbers that it writes beside
RESULTS: the test of the weights as they are, and rounded to k bits with one step a layer, on stdout.

    python3 bench/search_bits_reference.py RESULTS SETTING
"""
import json
import math
import sys

import torch
import torch.nn.functional as functional

from search_given import Given, by_position, count_right
from search_maps_reference import outputs_of


def rounded(weight, bits):
    """The largest weight is the largest integer; one bit is the sign times the mean magnitude."""
    if bits == 1:
        mean = weight.abs().mean()
        return torch.where(weight < 0, -mean, mean)
    step = weight.abs().max() / (2 ** (bits - 1) - 1)
    return torch.round(weight / step) * step


def entropy(weights):
    """Bits that a perfect coder of each layer's values needs."""
    total = 0.0
    for weight in weights:
        counts = weight.unique(return_counts=True)[1].double()
        total -= (counts * torch.log2(counts / counts.sum())).sum().item()
    return total


def main():
    torch.set_num_threads(1)
    given = Given(sys.argv[1], sys.argv[2])
    # Kaiming's deviation: unit normals are given.
    start = [w * math.sqrt(2 / w[0].numel()) for w in given.layers("weights")]
    weights = [w.requires_grad_() for w in start]
    (train, labels), (test, test_labels) = given.images("train"), given.images("test")
    optimizer = torch.optim.SGD(weights, lr=given.rate, momentum=given.momentum, weight_decay=given.decay)
    order = given.order().reshape(given.epochs, -1)
    steps = math.ceil(order.shape[1] / given.batch)

    def tell(name, layers, size, coded=None):
        right = count_right(given, test, test_labels, lambda inputs: outputs_of(inputs, layers, by_position))
        print(json.dumps({"name": name, "bits": size, "entropy": coded, "test": right / len(test)}), flush=True)

    for epoch, own in enumerate(order):
        total = 0.0
        for step in range(steps):
            batch = own[step * given.batch : (step + 1) * given.batch]
            optimizer.param_groups[0]["lr"] = given.rate_at((epoch * steps + step) / (steps * given.epochs))
            outputs = outputs_of(given.standardised(train[batch]), weights, by_position)
            loss = functional.cross_entropy(outputs, labels[batch])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            total += loss.item() * len(batch)
        print(f"usual training, epoch {epoch + 1}: mean loss {total / len(own):.4f}", file=sys.stderr, flush=True)
    count = sum(w.numel() for w in weights)
    tell("float32", weights, 32 * count)
    for bits in (8, 6, 5, 4, 3, 2, 1):
        with torch.no_grad():
            layers = [rounded(w, bits) for w in weights]
        tell(f"int-{bits}", layers, bits * count, entropy(layers))


main()
