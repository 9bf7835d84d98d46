"""What `torch-numbers.mjs` hands to PyTorch: numbers of files RESULTS.NAME, with a setting in JSON."""
import json
import math

import numpy
import torch


class Given:
    def __init__(self, results, setting):
        self.results, given = results, json.loads(setting)
        self.widths, self.height, self.width = given["widths"], given["height"], given["width"]
        self.mean, self.deviation = numpy.array(given["mean"]), numpy.array(given["deviation"])
        self.epochs, self.rate, self.momentum, self.decay = (
            given[name] for name in ("epochs", "rate", "momentum", "decay")
        )
        self.batch = given["batch"]
        self.convolutions = len(self.widths) - 4

    def numbers(self, name, kind):
        return numpy.fromfile(f"{self.results}.{name}", kind)

    def layers(self, name):
        """Positions of a kernel, then channels read, then channels: to what PyTorch has."""
        values, at, tensors = torch.from_numpy(self.numbers(name, numpy.float32)), 0, []
        halved = self.convolutions // 2
        side = (self.height >> halved) * (self.width >> halved)
        for layer, (inputs, outputs) in enumerate(zip(self.widths, self.widths[1:])):
            taps = 9 if layer < self.convolutions else side if layer == self.convolutions else 1
            own = values[at : at + taps * inputs * outputs]
            at += taps * inputs * outputs
            if layer < self.convolutions:
                own = own.view(3, 3, inputs, outputs).permute(3, 2, 0, 1)
            else:
                own = own.view(taps * inputs, outputs).t()
            tensors.append(own.contiguous())
        assert at == len(values)
        return tensors

    def images(self, name):
        raw = self.numbers(f"{name}-images", numpy.uint8)
        labels = self.numbers(f"{name}-labels", numpy.uint32).astype(numpy.int64)
        shape = (-1, self.height, self.width, self.widths[0])
        return raw.reshape(shape), torch.from_numpy(labels)

    def order(self):
        return self.numbers("order", numpy.uint32).astype(numpy.int64)

    def standardised(self, raw):
        values = ((raw - self.mean) / self.deviation).astype(numpy.float32)
        return torch.from_numpy(values).permute(0, 3, 1, 2).contiguous()

    def rate_at(self, done):
        """The cosine from the rate to 0, `done` being the part of all steps that is done."""
        return self.rate / 2 * (1 + math.cos(math.pi * done))


def by_position(maps):
    """Positions first, then channels."""
    return maps.permute(0, 2, 3, 1).flatten(1)


def count_right(given, test, labels, outputs):
    right = 0
    with torch.no_grad():
        for start in range(0, len(test), 500):
            computed = outputs(given.standardised(test[start : start + 500]))
            right += computed.argmax(1).eq(labels[start : start + 500]).sum().item()
    return right
