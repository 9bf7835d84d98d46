"""edge-popup in PyTorch, the reference that `search-epoch.mjs` runs: signed constants, the kept fraction
of each layer by sorting its scores, SGD with momentum on them. One epoch for each line on stdin.

    python3 bench/search_reference.py MNIST-FOLDER EPOCHS SEED IMAGES
"""
import gzip
import json
import math
import sys
import time

import numpy
import torch
import torch.nn.functional as functional

WIDTHS = [784, 300, 100, 10]
KEEP, BATCH, RATE, MOMENTUM, DECAY = 0.5, 128, 0.1, 0.9, 5e-4


def read(folder, images, labels):
    def body(name, offset):
        with gzip.open(f"{folder}/{name}.gz") as file:
            return numpy.frombuffer(file.read(), numpy.uint8, offset=offset)

    pixels = body(images, 16).reshape(-1, WIDTHS[0]).astype(numpy.float32) / 255
    return torch.tensor((pixels - 0.1307) / 0.3081), torch.tensor(body(labels, 8).astype(numpy.int64))


class Subnet(torch.autograd.Function):
    """The mask of the largest scores; the gradient goes straight through."""

    @staticmethod
    def forward(ctx, scores, keep):
        mask = scores.clone()
        _, order = scores.flatten().sort()
        removed = int((1 - keep) * scores.numel())
        flat = mask.flatten()
        flat[order[:removed]] = 0
        flat[order[removed:]] = 1
        return mask

    @staticmethod
    def backward(ctx, gradient):
        return gradient, None


def forward(inputs, weights, scores):
    for index, (weight, score) in enumerate(zip(weights, scores)):
        inputs = functional.linear(inputs, weight * Subnet.apply(score.abs(), KEEP))
        if index < len(weights) - 1:
            inputs = functional.relu(inputs)
    return inputs


def main():
    folder, epochs, seed, count = sys.argv[1], *map(int, sys.argv[2:5])
    torch.manual_seed(seed)
    images, labels = read(folder, "train-images-idx3-ubyte", "train-labels-idx1-ubyte")
    images, labels = images[:count], labels[:count]
    test_images, test_labels = read(folder, "t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte")
    weights, scores = [], []
    for inputs, outputs in zip(WIDTHS, WIDTHS[1:]):
        weights.append(torch.randn(outputs, inputs).sign() * math.sqrt(2 / (inputs * KEEP)))
        score = torch.empty(outputs, inputs)
        torch.nn.init.kaiming_uniform_(score, a=math.sqrt(5))
        scores.append(score.requires_grad_())
    optimizer = torch.optim.SGD(scores, lr=RATE, momentum=MOMENTUM, weight_decay=DECAY)
    steps = epochs * math.ceil(len(images) / BATCH)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, steps)
    print(json.dumps({"torch": torch.__version__, "threads": torch.get_num_threads()}), flush=True)
    for _ in range(epochs):
        sys.stdin.readline()
        wall, processor = time.perf_counter(), time.process_time()
        order = torch.randperm(len(images))
        for start in range(0, len(order), BATCH):
            batch = order[start : start + BATCH]
            loss = functional.cross_entropy(forward(images[batch], weights, scores), labels[batch])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()
        wall, processor = time.perf_counter() - wall, time.process_time() - processor
        with torch.no_grad():
            right = forward(test_images, weights, scores).argmax(1).eq(test_labels).sum().item()
        report = {"seconds": wall, "processor": processor, "test": right / len(test_labels)}
        print(json.dumps(report), flush=True)


main()
