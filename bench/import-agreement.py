"""Networks as the public codes for PyTorch have them, with random scores, for `import-agreement.mjs`: writes the state
as safetensors (by hand, so that no package but torch is needed), inputs as NPY, and the outputs as JSON.

    python3 bench/import-agreement.py FOLDER
"""
import json
import math
import struct
import sys

import torch
import torch.nn as nn
import torch.nn.functional as F


class Subnet(nn.Conv2d):
    """Weights that never change, and scores: all but the int((1 - k) n) least of |s| are kept."""

    def __init__(self, inputs, outputs, size, keep, biprop=False, **options):
        super().__init__(inputs, outputs, size, bias=False, **options)
        self.scores = nn.Parameter(torch.empty_like(self.weight))
        nn.init.kaiming_uniform_(self.scores, a=math.sqrt(5))
        self.keep, self.biprop = keep, biprop
        spread = math.sqrt(2 / (inputs * size * size))
        self.weight.data = self.weight.data.normal_(0, spread) if biprop else self.weight.data.sign() * spread

    def forward(self, x):
        scores = self.scores.abs()
        mask = torch.ones_like(scores).flatten()
        mask[scores.flatten().sort()[1][: int((1 - self.keep) * mask.numel())]] = 0
        mask = mask.view_as(scores)
        weight = self.weight * mask
        if self.biprop:
            alpha = (self.weight.abs() * mask).sum() / int(self.keep * mask.numel())
            weight = torch.sign(self.weight) * alpha * mask
        return F.conv2d(x, weight, None, self.stride, self.padding)


class Sign(nn.Module):
    def forward(self, x):
        return torch.where(x >= 0, 1.0, -1.0)


class Plain(nn.Module):
    """conv6-conv8-pool-12-5 on 8 by 8 with 3 channels, with ReLU or, normalised, with signs."""

    def __init__(self, keep, signs):
        super().__init__()
        make = lambda *sizes, **options: Subnet(*sizes, keep, biprop=signs, **options)
        norm = lambda channels: [nn.BatchNorm2d(channels, affine=False), Sign()] if signs else [nn.ReLU()]
        self.convs = nn.Sequential(
            make(3, 6, 3, padding=1), *norm(6), make(6, 8, 3, padding=1), nn.MaxPool2d(2), *norm(8)
        )
        self.linear = nn.Sequential(make(8 * 4 * 4, 12, 1), *norm(12), make(12, 5, 1))

    def forward(self, x):
        return self.linear(self.convs(x).flatten(1)[:, :, None, None]).flatten(1)


class Block(nn.Module):
    def __init__(self, inputs, planes, stride, keep):
        super().__init__()
        self.conv1 = Subnet(inputs, planes, 3, keep, stride=stride, padding=1)
        self.bn1 = nn.BatchNorm2d(planes, affine=False)
        self.conv2 = Subnet(planes, planes, 3, keep, padding=1)
        self.bn2 = nn.BatchNorm2d(planes, affine=False)
        self.shortcut = nn.Sequential()
        if stride != 1 or inputs != planes:
            self.shortcut = nn.Sequential(
                Subnet(inputs, planes, 1, keep, stride=stride), nn.BatchNorm2d(planes, affine=False)
            )

    def forward(self, x):
        out = F.relu(self.bn1(self.conv1(x)))
        return F.relu(self.bn2(self.conv2(out)) + self.shortcut(x))


class Residual(nn.Module):
    """conv4-norm-res4-res6s2-average-5 on 8 by 8 with 3 channels."""

    def __init__(self, keep):
        super().__init__()
        self.conv1 = Subnet(3, 4, 3, keep, padding=1)
        self.bn1 = nn.BatchNorm2d(4, affine=False)
        self.layer1 = nn.Sequential(Block(4, 4, 1, keep))
        self.layer2 = nn.Sequential(Block(4, 6, 2, keep))
        self.fc = Subnet(6, 5, 1, keep)

    def forward(self, x):
        x = self.layer2(self.layer1(F.relu(self.bn1(self.conv1(x)))))
        return self.fc(x.mean((2, 3), keepdim=True)).flatten(1)


def write_safetensors(path, state):
    head, data = {}, b''
    for name, tensor in state.items():
        if tensor.dtype != torch.float32:
            continue
        values = struct.pack(f'<{tensor.numel()}f', *tensor.flatten().tolist())
        head['module.' + name] = {'dtype': 'F32', 'shape': list(tensor.shape), 'data_offsets': [len(data), len(data) + len(values)]}
        data += values
    text = json.dumps(head).encode()
    with open(path, 'wb') as file:
        file.write(struct.pack('<Q', len(text)) + text + data)


def main():
    folder = sys.argv[1]
    torch.manual_seed(3)
    images = torch.rand(40, 3, 8, 8) * 255
    position_by_position = images.permute(0, 2, 3, 1).flatten(1)
    with open(f'{folder}/inputs.csv', 'w') as file:
        for row in position_by_position.tolist():
            file.write(','.join(map(repr, row)) + '\n')
    networks = {'plain': Plain(0.4, False), 'signs': Plain(0.7, True), 'residual': Residual(0.5)}
    mean = torch.tensor([0.49, 0.48, 0.45]).view(1, 3, 1, 1)
    deviation = torch.tensor([0.25, 0.24, 0.26]).view(1, 3, 1, 1)
    inputs = (images / 255 - mean) / deviation
    for name, network in networks.items():
        # Statistics of what it sees, in place of training.
        network.train()
        for _ in range(30):
            network(inputs)
        network.eval()
        with torch.no_grad():
            outputs = network(inputs)
        write_safetensors(f'{folder}/{name}.safetensors', network.state_dict())
        with open(f'{folder}/{name}.json', 'w') as file:
            json.dump(outputs.tolist(), file)


main()
