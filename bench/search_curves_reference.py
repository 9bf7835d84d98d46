"""An epoch of edge-popup on ConvN in PyTorch for each number of one on stdin, from the numbers that
`search-curves.mjs` writes beside RESULTS; its figures on stdout, its state beside RESULTS.

    python3 bench/search_curves_reference.py RESULTS SETTING
"""
import json
import math
import sys
import time

import numpy
import torch
import torch.nn.functional as functional

from search_maps_reference import DECAY, KEEP, MOMENTUM, RATE, forward

BATCH = 128
RESULTS, GIVEN = sys.argv[1], json.loads(sys.argv[2])
WIDTHS, HEIGHT, WIDTH = GIVEN["widths"], GIVEN["height"], GIVEN["width"]
CONVOLUTIONS = len(WIDTHS) - 4


def numbers(name, kind):
    return numpy.fromfile(f"{RESULTS}.{name}", kind)


def layers(name):
    """Positions of a kernel, then channels read, then channels: to what PyTorch has."""
    values, at, tensors = torch.from_numpy(numbers(name, numpy.float32)), 0, []
    side = (HEIGHT >> (CONVOLUTIONS // 2)) * (WIDTH >> (CONVOLUTIONS // 2))
    for layer, (inputs, outputs) in enumerate(zip(WIDTHS, WIDTHS[1:])):
        taps = 9 if layer < CONVOLUTIONS else side if layer == CONVOLUTIONS else 1
        own = values[at : at + taps * inputs * outputs]
        at += taps * inputs * outputs
        if layer < CONVOLUTIONS:
            own = own.view(3, 3, inputs, outputs).permute(3, 2, 0, 1)
        else:
            own = own.view(taps * inputs, outputs).t()
        tensors.append(own.contiguous())
    assert at == len(values)
    return tensors


def images(name):
    channels = WIDTHS[0]
    raw = numbers(f"{name}-images", numpy.uint8).reshape(-1, HEIGHT, WIDTH, channels)
    labels = torch.from_numpy(numbers(f"{name}-labels", numpy.uint32).astype(numpy.int64))
    return raw, labels


def standardised(raw):
    mean, deviation = numpy.array(GIVEN["mean"]), numpy.array(GIVEN["deviation"])
    return torch.from_numpy(((raw - mean) / deviation).astype(numpy.float32)).permute(0, 3, 1, 2).contiguous()


def by_position(maps):
    """Positions first, then channels."""
    return maps.permute(0, 2, 3, 1).flatten(1)


def main():
    torch.set_num_threads(1)
    weights = [w * math.sqrt(2 / (w[0].numel() * KEEP)) for w in layers("weights")]
    scores = [s.requires_grad_() for s in layers("scores")]
    (train, labels), (test, test_labels) = images("train"), images("test")
    optimizer = torch.optim.SGD(scores, lr=RATE, momentum=MOMENTUM, weight_decay=DECAY)
    per_epoch = math.ceil(len(labels) / BATCH)
    done = 0
    for line in sys.stdin:
        epoch = int(line)
        if epoch != done + 1:
            state = torch.load(f"{RESULTS}.torch.{epoch - 1}")
            optimizer.load_state_dict(state["optimizer"])
            for score, kept in zip(scores, state["scores"]):
                score.data.copy_(kept)
        order = numbers("order", numpy.uint32).astype(numpy.int64)
        used, total = 0.0, 0.0
        for step, start in enumerate(range(0, len(order), BATCH)):
            batch = order[start : start + BATCH]
            inputs = standardised(train[batch])
            before = time.process_time()
            at = ((epoch - 1) * per_epoch + step) / (per_epoch * GIVEN["epochs"])
            optimizer.param_groups[0]["lr"] = RATE / 2 * (1 + math.cos(math.pi * at))
            loss = functional.cross_entropy(forward(inputs, weights, scores, by_position), labels[batch])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            used += time.process_time() - before
            total += loss.item() * len(batch)
        right = 0
        with torch.no_grad():
            for start in range(0, len(test), 500):
                outputs = forward(standardised(test[start : start + 500]), weights, scores, by_position)
                right += outputs.argmax(1).eq(test_labels[start : start + 500]).sum().item()
        torch.save({"optimizer": optimizer.state_dict(), "scores": scores}, f"{RESULTS}.torch.{epoch}")
        done = epoch
        report = {"loss": total / len(order), "test": right / len(test), "processor": used}
        print(json.dumps(report), flush=True)


main()
