"""Makes temperature.json: temperatures of logits, found by scipy and by PyTorch's L-BFGS, which must agree.

python temperature.py > temperature.json
"""
import json

import numpy
import torch
from scipy.optimize import minimize_scalar


def fit_torch(logits, labels):
    beta = torch.ones((), dtype=torch.float64, requires_grad=True)
    optimizer = torch.optim.LBFGS([beta], max_iter=500, tolerance_grad=1e-14, tolerance_change=1e-16,
                                  line_search_fn="strong_wolfe")

    def closure():
        optimizer.zero_grad()
        loss = torch.nn.functional.cross_entropy(logits * beta, labels)
        loss.backward()
        return loss

    optimizer.step(closure)
    return 1 / beta.item()


def fit_scipy(logits, labels):
    def loss(log_t):
        z = logits / numpy.exp(log_t)
        z = z - z.max(axis=1, keepdims=True)
        return -(z[numpy.arange(len(labels)), labels] - numpy.log(numpy.exp(z).sum(axis=1))).mean()

    return float(numpy.exp(minimize_scalar(loss, bounds=(-4, 4), method="bounded", options={"xatol": 1e-10}).x))


random = numpy.random.default_rng(11)
cases = []
for samples, classes, sure in [(40, 2, 3.0), (60, 5, 1.0), (90, 3, 0.3), (50, 7, 6.0)]:
    labels = random.integers(0, classes, samples)
    logits = random.normal(size=(samples, classes)) + 1.5 * numpy.eye(classes)[labels]
    logits = (sure * logits).astype(numpy.float32)
    first = fit_torch(torch.tensor(logits, dtype=torch.float64), torch.tensor(labels))
    second = fit_scipy(logits.astype(numpy.float64), labels)
    assert abs(first / second - 1) < 1e-5, (first, second)
    cases.append({"classes": classes, "labels": labels.tolist(),
                  "logits": [float(x) for x in logits.ravel()], "temperature": first})
print(json.dumps(cases))
