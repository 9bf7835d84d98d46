"""An epoch of edge-popup on ConvN in PyTorch for each number of one on stdin, from the numbers that
`search-curves.mjs` writes beside RESULTS; its figures on stdout, its state beside RESULTS.

    python3 bench/search_curves_reference.py RESULTS SETTING
"""
import json
import math
import sys
import time

import torch
import torch.nn.functional as functional

from search_given import Given, by_position, count_right
from search_maps_reference import KEEP, masked, outputs_of


def main():
    torch.set_num_threads(1)
    given = Given(sys.argv[1], sys.argv[2])
    weights = [w * math.sqrt(2 / (w[0].numel() * KEEP)) for w in given.layers("weights")]
    scores = [s.requires_grad_() for s in given.layers("scores")]
    (train, labels), (test, test_labels) = given.images("train"), given.images("test")
    optimizer = torch.optim.SGD(scores, lr=given.rate, momentum=given.momentum, weight_decay=given.decay)
    outputs = lambda inputs: outputs_of(inputs, masked(weights, scores), by_position)
    done = 0
    for line in sys.stdin:
        epoch = int(line)
        if epoch != done + 1:
            state = torch.load(f"{given.results}.torch.{epoch - 1}")
            optimizer.load_state_dict(state["optimizer"])
            for score, kept in zip(scores, state["scores"]):
                score.data.copy_(kept)
        order = given.order()
        per_epoch = math.ceil(len(order) / given.batch)
        used, total = 0.0, 0.0
        for step, start in enumerate(range(0, len(order), given.batch)):
            batch = order[start : start + given.batch]
            inputs = given.standardised(train[batch])
            before = time.process_time()
            at = ((epoch - 1) * per_epoch + step) / (per_epoch * given.epochs)
            optimizer.param_groups[0]["lr"] = given.rate_at(at)
            loss = functional.cross_entropy(outputs(inputs), labels[batch])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            used += time.process_time() - before
            total += loss.item() * len(batch)
        right = count_right(given, test, test_labels, outputs)
        torch.save({"optimizer": optimizer.state_dict(), "scores": scores}, f"{given.results}.torch.{epoch}")
        done = epoch
        report = {"loss": total / len(order), "test": right / len(test), "processor": used}
        print(json.dumps(report), flush=True)


main()
