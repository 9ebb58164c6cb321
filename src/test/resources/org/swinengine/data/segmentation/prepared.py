"""Writes prepared.json: what slices of small volumes are after clipping and scaling, by NumPy and nibabel.

    python3 prepared.py        # in this folder, after volumes.py
"""
import json
import nibabel as nib
import numpy as np


def scaled(v, low, high):
    c = np.clip(v, low, high)
    return ((c - c.min()) / (c.max() - c.min()) if c.max() > c.min() else np.zeros_like(c)).astype("f4")


table = {}
for name in ("i2-little.nii.gz", "scaled.nii", "f4-big.nii"):
    v = nib.load("volumes/" + name).get_fdata()
    v = v.reshape(v.shape[:3]) if v.ndim == 4 and v.shape[3] == 1 else v
    if v.ndim != 3:
        raise SystemExit(name)
    v = v.astype("f4").astype("f8").transpose(2, 1, 0)  # slices, rows y, columns x
    p = np.percentile(v, [5, 90])
    table[name] = {"shape": v.shape, "window:-125:275": scaled(v, -125, 275).ravel().tolist(),
                   "picture:5:90": scaled(v, *p).ravel().tolist(), "full": scaled(v, -np.inf, np.inf).ravel().tolist()}
with open("prepared.json", "w") as out:
    json.dump(table, out)
