"""A step of edge-popup on ConvN in PyTorch, for `search-maps.mjs`: one for each line on stdin, the processor
time of each on stdout.

    python3 bench/search_maps_reference.py 28x28-conv2 BATCH CHANNELS..
"""
import math
import sys
import time

import torch
import torch.nn.functional as functional

KEEP, RATE, MOMENTUM, DECAY = 0.5, 0.1, 0.9, 5e-4


class Subnet(torch.autograd.Function):
    """The mask of the largest scores; the gradient goes straight through."""

    @staticmethod
    def forward(ctx, scores, keep):
        mask = torch.zeros_like(scores).flatten()
        _, order = scores.flatten().sort()
        mask[order[int((1 - keep) * scores.numel()) :]] = 1
        return mask.view_as(scores)

    @staticmethod
    def backward(ctx, gradient):
        return gradient, None


def outputs_of(current, weights, flat=lambda maps: maps.flatten(1)):
    """Outputs of ConvN, `flat` being how the first dense layer reads maps."""
    convolutions = len(weights) - 3
    for layer, weight in enumerate(weights):
        if layer < convolutions:
            current = functional.relu(functional.conv2d(current, weight, padding=1))
            if layer % 2:
                current = functional.max_pool2d(current, 2)
        else:
            current = functional.linear(flat(current) if layer == convolutions else current, weight)
            if layer < len(weights) - 1:
                current = functional.relu(current)
    return current


def masked(weights, scores):
    return [weight * Subnet.apply(score.abs(), KEEP) for weight, score in zip(weights, scores)]


def main():
    size, batch, widths = sys.argv[1].split("-")[0], int(sys.argv[2]), list(map(int, sys.argv[3:]))
    height, width = map(int, size.split("x")[:2])
    convolutions = len(widths) - 4
    torch.set_num_threads(1)
    weights, scores = [], []
    side = (height >> (convolutions // 2)) * (width >> (convolutions // 2))
    for layer, (inputs, outputs) in enumerate(zip(widths, widths[1:])):
        shape = (outputs, inputs, 3, 3) if layer < convolutions else (outputs, inputs * (side if layer == convolutions else 1))
        fan_in = math.prod(shape[1:])
        weights.append(torch.randn(shape).sign() * math.sqrt(2 / (fan_in * KEEP)))
        scores.append(torch.empty(shape).uniform_(-1, 1).div(math.sqrt(fan_in)).requires_grad_())
    optimizer = torch.optim.SGD(scores, lr=RATE, momentum=MOMENTUM, weight_decay=DECAY)
    images, labels = torch.rand(batch, widths[0], height, width), torch.arange(batch) % 10
    print(torch.__version__, flush=True)
    for _ in sys.stdin:
        before = time.process_time()
        current = outputs_of(images, masked(weights, scores))
        optimizer.zero_grad()
        functional.cross_entropy(current, labels).backward()
        optimizer.step()
        print(time.process_time() - before, flush=True)


if __name__ == "__main__":
    main()
