"""Makes multi_label.json: figures of several labels a sample, by scikit-learn 1.2 (python3 multi_label.py)."""
import json
import pathlib

import numpy as np
import sklearn.metrics as m

rng = np.random.default_rng(7)


def best_f1(truth, p):
    precision, recall, _ = m.precision_recall_curve(truth, p)
    return float(np.max(2 * precision * recall / np.maximum(precision + recall, 1e-300)))


def main():
    n, labels = 150, 6
    # The fifth label is of no sample, the sixth of all.
    truth = rng.random((n, labels)) < np.array([0.5, 0.3, 0.1, 0.04, 0.0, 1.0])
    # Few decimals, so that there are equal ones; some are sure.
    logits = np.round(truth * 1.6 + rng.normal(size=(n, labels)) * 1.5 - 1, 1).astype(np.float32)
    logits[:3] *= 12
    p = 1 / (1 + np.exp(-logits.astype(np.float64)))
    both = range(4)
    thresholds = np.array([0.4, 0.25, 0.6, 0.1, 0.5, 0.9])
    said, tuned = p > 0.5, p > thresholds
    aucs = [m.roc_auc_score(truth[:, c], p[:, c]) for c in both]
    precisions = [m.average_precision_score(truth[:, c], p[:, c]) for c in (*both, 5)]
    losses = np.logaddexp(0, np.where(truth, -1.0, 1.0) * logits.astype(np.float64))

    def f1(answers, average):
        return m.f1_score(truth, answers, average=average, zero_division=0)

    result = {
        "labels": labels, "truth": truth.astype(int).ravel().tolist(),
        "logits": [float(f"{v:.9g}") for v in logits.ravel()], "thresholds": thresholds.tolist(),
        "aucs": aucs, "average_precisions": precisions,
        "precision": m.precision_score(truth, tuned, average=None, zero_division=0).tolist(),
        "recall": m.recall_score(truth, tuned, average=None, zero_division=0).tolist(),
        "f1": f1(tuned, None).tolist(), "best_f1": [best_f1(truth[:, c], p[:, c]) for c in (*both, 5)],
        "figures": {
            "auc": float(np.mean(aucs)), "average_precision": float(np.mean(precisions)),
            "macro_f1": f1(said, "macro"), "micro_f1": f1(said, "micro"),
            "macro_f1_tuned": f1(tuned, "macro"), "micro_f1_tuned": f1(tuned, "micro"),
            "exact_match": m.accuracy_score(truth, said), "accuracy": float((truth == said).mean()),
            "hamming_loss": m.hamming_loss(truth, said)},
        "log_loss": float(losses.mean()),
    }
    file = pathlib.Path(__file__).with_name("multi_label.json")
    file.write_text(json.dumps(result, separators=(",", ":")) + "\n")


main()
