"""What `search-gradients.mjs` asks of PyTorch: gradients by the effective weights in float32 and float64, and how far
those of `RESULTS.gradients` and the former are from the latter, as a line of JSON.

    python3 bench/search_gradients_reference.py RESULTS SETTING
"""
import json
import sys

import numpy
import torch
import torch.nn.functional as functional

from search_given import Given, by_position
from search_maps_reference import outputs_of


def main():
    torch.set_num_threads(1)
    given = Given(sys.argv[1], sys.argv[2])
    scales = given.numbers("scales", numpy.float64)
    images, labels = given.images("train")
    order = given.order()
    inputs = given.standardised(images[order])

    def gradients(kind):
        weights = [w.to(kind).requires_grad_() for w in given.layers("effective")]
        scaled = [w * scale for w, scale in zip(weights, scales)]
        loss = functional.cross_entropy(outputs_of(inputs.to(kind), scaled, by_position), labels[order])
        loss.backward()
        return loss.item(), [w.grad.double() for w in weights]

    def apart(found, exact):
        off = ((found - exact).square().sum() / exact.square().sum()).sqrt()
        return {"off": off.item(), "long": ((found * exact).sum() / exact.square().sum() - 1).item()}

    exact, right = gradients(torch.float64)
    narrow, theirs = gradients(torch.float32)
    ours = [g.double() for g in given.layers("gradients")]
    layers = [[apart(a, c), apart(b, c)] for a, b, c in zip(ours, theirs, right)]
    print(json.dumps({"exact": exact, "narrow": narrow, "layers": layers}), flush=True)


main()
