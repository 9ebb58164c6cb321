"""Writes figures.json beside this file: predictions, and what scikit-learn, scipy and cleanlab say of them.

Needs numpy, scipy, scikit-learn (1.2 wrote the file) and cleanlab (2.9). Only tests read the result.
"""
import json
import pathlib
import warnings

import numpy as np
import scipy.optimize
import scipy.special
import sklearn.metrics as m
from cleanlab.count import compute_confident_joint
from cleanlab.filter import find_label_issues
from cleanlab.rank import get_label_quality_scores

warnings.filterwarnings("ignore")
rng = np.random.default_rng(7)


def logits_of(labels, classes, strength, decimals=3):
    logits = rng.normal(size=(len(labels), classes)) * 1.5
    logits[np.arange(len(labels)), labels] += strength
    return np.round(logits, decimals).astype(np.float32)


def ece(confidence, right, bins=15):
    """As temperature_scaling.py of Guo et al. does: bins without their lower end."""
    edges = np.linspace(0, 1, bins + 1)
    total = 0.0
    for low, high in zip(edges[:-1], edges[1:]):
        within = (confidence > low) & (confidence <= high)
        if within.any():
            total += abs(confidence[within].mean() - right[within].mean()) * within.mean()
    return total


def classwise(p, y, bins=15):
    edges = np.linspace(0, 1, bins + 1)
    total = 0.0
    for c in range(p.shape[1]):
        for b, (low, high) in enumerate(zip(edges[:-1], edges[1:])):
            within = (p[:, c] > low) & (p[:, c] <= high)
            if b == 0:
                within |= p[:, c] == 0
            if within.any():
                total += abs(p[within, c].mean() - (y[within] == c).mean()) * within.mean()
    return total / p.shape[1]


def temperature(logits, y):
    logits = logits.astype(np.float64)

    def nll(log_beta):
        scaled = logits * np.exp(log_beta)
        return np.mean(scipy.special.logsumexp(scaled, axis=1) - scaled[np.arange(len(y)), y])

    best = scipy.optimize.minimize_scalar(nll, bounds=(-5, 5), method="bounded", options={"xatol": 1e-12})
    return float(np.exp(-best.x)), float(best.fun)


def of_predictions(logits, y, classes):
    p = scipy.special.softmax(logits.astype(np.float64), axis=1)
    predicted = p.argmax(axis=1)
    present = sorted(set(y))
    figures = {
        "accuracy": m.accuracy_score(y, predicted),
        "balanced_accuracy": m.balanced_accuracy_score(y, predicted),
        "macro_f1": m.f1_score(y, predicted, average="macro"),
        "weighted_f1": m.f1_score(y, predicted, average="weighted"),
        "macro_precision": m.precision_score(y, predicted, average="macro", zero_division=0),
        "kappa": m.cohen_kappa_score(y, predicted),
        "quadratic_kappa": m.cohen_kappa_score(y, predicted, weights="quadratic", labels=range(classes)),
        "mcc": m.matthews_corrcoef(y, predicted),
        "log_loss": m.log_loss(y, p, labels=range(classes)),
        "brier": float(np.mean(np.sum((p - np.eye(classes)[y]) ** 2, axis=1))),
        "ece": ece(p.max(axis=1), predicted == y),
        "classwise_ece": classwise(p, y),
    }
    if classes > 5:
        figures["top5_accuracy"] = m.top_k_accuracy_score(y, p, k=5, labels=range(classes))
    if classes == 2:
        figures["auc"] = figures["auc_weighted"] = m.roc_auc_score(y, p[:, 1])
        figures["average_precision"] = m.average_precision_score(y, p[:, 1])
        figures["half_brier"] = m.brier_score_loss(y, p[:, 1])
    else:
        areas = [m.roc_auc_score(y == c, p[:, c]) for c in present]
        figures["auc"] = float(np.mean(areas))
        figures["auc_weighted"] = float(np.average(areas, weights=[(y == c).sum() for c in present]))
        figures["average_precision"] = float(np.mean([m.average_precision_score(y == c, p[:, c]) for c in present]))
        if len(present) == classes:
            assert np.isclose(figures["auc"], m.roc_auc_score(y, p, multi_class="ovr", average="macro"))
            assert np.isclose(figures["auc_weighted"], m.roc_auc_score(y, p, multi_class="ovr", average="weighted"))
    precision, recall, f1, support = m.precision_recall_fscore_support(
        y, predicted, labels=range(classes), zero_division=0)
    fpr, tpr, _ = m.roc_curve(y == 1, p[:, 1], drop_intermediate=False)
    prec, rec, _ = m.precision_recall_curve(y == 1, p[:, 1])
    scale, nll = temperature(logits, y)
    return {
        "classes": classes, "labels": y.tolist(), "logits": [round(float(v), 6) for v in logits.ravel()],
        "figures": {k: float(v) for k, v in figures.items()},
        "precision": precision.tolist(), "recall": recall.tolist(), "f1": f1.tolist(), "support": support.tolist(),
        "confusion": m.confusion_matrix(y, predicted, labels=range(classes)).tolist(),
        "roc": [fpr[1:].tolist(), tpr[1:].tolist()], "pr": [prec[:-1][::-1].tolist(), rec[:-1][::-1].tolist()],
        "temperature": scale, "nll": nll,
    }


def of_labels():
    n, labels = 60, 4
    truth = rng.random((n, labels)) < np.array([0.5, 0.3, 0.1, 0.0])
    p = np.clip(np.round(truth * 0.35 + rng.random((n, labels)) * 0.6, 2), 0, 1).astype(np.float32)
    said = p > 0.5
    aucs = [m.roc_auc_score(truth[:, l], p[:, l]) for l in range(3)]
    return {
        "labels": labels, "truth": truth.astype(int).ravel().tolist(),
        "probabilities": [round(float(v), 2) for v in p.ravel()],
        "aucs": aucs, "mean_auc": float(np.mean(aucs)),
        "average_precisions": [m.average_precision_score(truth[:, l], p[:, l]) for l in range(3)],
        "f1": m.f1_score(truth, said, average=None, zero_division=0).tolist(),
        "exact_match": m.accuracy_score(truth, said), "accuracy": float((truth == said).mean()),
    }


def of_wrong_labels(n, classes, noise):
    true = rng.integers(classes, size=n)
    logits = logits_of(true, classes, 3.0)
    given = true.copy()
    flipped = rng.random(n) < noise
    given[flipped] = (true[flipped] + 1 + (rng.random(flipped.sum()) < 0.2)) % classes
    p = scipy.special.softmax(logits.astype(np.float64), axis=1)
    return {
        "classes": classes, "labels": given.tolist(), "logits": [round(float(v), 6) for v in logits.ravel()],
        "wrong": np.flatnonzero(given != true).tolist(),
        "self_confidence": get_label_quality_scores(given, p, method="self_confidence").tolist(),
        "normalized_margin": get_label_quality_scores(given, p, method="normalized_margin").tolist(),
        "joint": compute_confident_joint(given, p).tolist(),
        "issues": find_label_issues(given, p, filter_by="prune_by_noise_rate", n_jobs=1,
                                    return_indices_ranked_by="normalized_margin").tolist(),
    }


def main():
    cases = {}
    y = np.concatenate([np.arange(10), rng.choice(10, size=110, p=[.3, .2, .1, .1, .1, .05, .05, .04, .03, .03])])
    cases["ten"] = of_predictions(logits_of(y, 10, 2.0), y, 10)
    # Equal scores: logits of one digit.
    y = (rng.random(80) < 0.3).astype(int)
    cases["two"] = of_predictions(logits_of(y, 2, 1.0, 0), y, 2)
    # A class without samples, which is predicted all the same.
    y = rng.integers(6, size=70)
    cases["absent"] = of_predictions(logits_of(y, 7, 1.5), y, 7)
    # Too sure of itself.
    y = rng.integers(4, size=100)
    cases["sure"] = of_predictions(logits_of(y, 4, 1.2) * np.float32(4), y, 4)
    result = {"predictions": cases, "labels": of_labels(),
              "wrong_labels": [of_wrong_labels(120, 3, 0.15), of_wrong_labels(150, 6, 0.2)]}
    file = pathlib.Path(__file__).with_name("figures.json")
    file.write_text(json.dumps(result, separators=(",", ":")) + "\n")
    print(file.name, file.stat().st_size, "bytes")


main()
