"""Writes regression.json beside this file: features, labels, and what scikit-learn's logistic regression says.

Needs numpy and scikit-learn (1.2 wrote the file). Only tests read the result.
"""
import json
import pathlib

import numpy as np
from sklearn.linear_model import LogisticRegression

rng = np.random.default_rng(5)
cases = []
# The last has a class whose only sample is not learnt from, and a feature that is the same everywhere.
for samples, width, classes, penalty in [(40, 3, 2, 1e-2), (90, 6, 4, 1e-2), (30, 12, 3, 1.0), (50, 4, 4, 1e-3)]:
    last = len(cases) == 3
    y = np.arange(samples) % (classes - 1 if last else classes)
    x = rng.normal(size=(samples, width)) * 10.0 ** rng.integers(-2, 3, width) + rng.normal(size=width)
    x[np.arange(samples), y % width] += 2
    if last:
        x[:, 2] = 0.7
        y[0] = classes - 1
    x = np.round(x, 4).astype(np.float32)
    learnt = np.arange(samples)[np.arange(samples) % 5 != 0]
    z = x.astype(np.float64)
    deviation = z[learnt].std(0)
    deviation[deviation < 1e-9] = np.inf
    z = (z - z[learnt].mean(0)) / deviation
    model = LogisticRegression(
        C=1 / (len(learnt) * penalty), multi_class="multinomial", solver="newton-cg", tol=1e-12, max_iter=1000
    ).fit(z[learnt], y[learnt])
    said = np.zeros((samples, classes))
    said[:, model.classes_] = model.predict_proba(z)
    cases.append({
        "width": width, "classes": classes, "penalty": penalty, "features": [float(v) for v in x.ravel()],
        "labels": y.tolist(), "learnt": learnt.tolist(), "probabilities": [round(v, 12) for v in said.ravel()],
    })
with open(pathlib.Path(__file__).with_name("regression.json"), "w") as file:
    file.write(json.dumps(cases, separators=(",", ":")) + "\n")
