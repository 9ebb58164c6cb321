"""Writes figures.json: masks and their figures by scipy, scikit-image and medpy's definitions.

    python3 figures.py > figures.json       # scipy 1.10, scikit-image 0.19, numpy 1.24

The distances between surfaces are medpy 0.5's lines (metric/binary.py, `__surface_distances`), written out,
because medpy is in no distribution.
"""
import json
import numpy as np
from scipy import ndimage
from skimage import measure, morphology

rng = np.random.RandomState(17)


def blobs(shape, level):
    noise = ndimage.gaussian_filter(rng.rand(*shape), 1.3)
    return noise > np.quantile(noise, level)


def surface_distances(result, reference, spacing):
    footprint = ndimage.generate_binary_structure(result.ndim, 1)
    result_border = result ^ ndimage.binary_erosion(result, structure=footprint, iterations=1)
    reference_border = reference ^ ndimage.binary_erosion(reference, structure=footprint, iterations=1)
    dt = ndimage.distance_transform_edt(~reference_border, sampling=spacing)
    return dt[result_border]


def text(mask):
    return "".join(str(int(v)) for v in mask.ravel())


def number(value):
    return None if not np.isfinite(value) else float(value)


def case(result, reference, spacing):
    tp = int((result & reference).sum())
    fp = int((result & ~reference).sum())
    fn = int((~result & reference).sum())
    tn = int((~result & ~reference).sum())
    out = {"shape": list(result.shape), "spacing": list(spacing), "prediction": text(result), "truth": text(reference),
           "counts": [tp, fp, fn, tn]}
    if tp + fp and tp + fn:
        first = surface_distances(result, reference, spacing)
        second = surface_distances(reference, result, spacing)
        out["hd"] = number(max(first.max(), second.max()))
        out["hd95"] = number(np.percentile(np.hstack((first, second)), 95))
        out["hd30"] = number(np.percentile(np.hstack((first, second)), 30))
        out["assd"] = number(np.mean((first.mean(), second.mean())))
    if not result.all():
        out["edt"] = [number(v) for v in ndimage.distance_transform_edt(result, sampling=spacing).ravel()] \
            if result.size < 400 else None
        out["edt_sum"] = number(ndimage.distance_transform_edt(result, sampling=spacing).sum())
    for name, connectivity in (("faces", 1), ("corners", result.ndim)):
        labels, count = ndimage.label(result, ndimage.generate_binary_structure(result.ndim, connectivity))
        again = measure.label(result, connectivity=connectivity)
        assert (labels == again).all()
        cleaned = morphology.remove_small_objects(result, 9, connectivity=connectivity)
        out[name] = {"count": count, "sizes": np.bincount(labels.ravel())[1:].tolist(), "kept": text(cleaned),
                     "checksum": int((labels.ravel().astype(np.int64) * (np.arange(labels.size) % 997 + 1)).sum())}
    return out


cases = []
for shape, spacing, level in (((13, 21), (1, 1), .6), ((24, 17), (.7, 1.3), .7), ((16, 16), (2.5, .4), .9), ((1, 19), (1, 1), .5),
                              ((19, 1), (1, 3), .5), ((30, 31), (1, 1), .45), ((9, 9), (1, 1), .98),
                              ((5, 11, 12), (1, 1, 1), .6), ((7, 9, 8), (5, .7, .8), .7), ((1, 9, 8), (2, 1, 1), .5),
                              ((6, 13, 10), (3, 1, 1.5), .9)):
    cases.append(case(blobs(shape, level), blobs(shape, level), spacing))
full = np.ones((6, 7), bool)
cases.append(case(full, blobs((6, 7), .5), (1, 1)))
cases.append(case(~full, blobs((6, 7), .5), (1, 1)))
cases.append(case(blobs((6, 7), .5), ~full, (1, 1)))
cases.append(case(~full, ~full, (1, 1)))


def instances(shape, threshold_list):
    truth = measure.label(blobs(shape, .7))
    moved = np.roll(truth, (0, 1), (0, 1))
    kept = moved * (rng.rand(truth.max() + 1) > .3)[moved]
    prediction = (kept * 7) % 1009
    ious = []
    for a in np.unique(truth)[1:]:
        for b in np.unique(prediction)[1:]:
            both = ((truth == a) & (prediction == b)).sum()
            if both:
                ious.append(both / ((truth == a) | (prediction == b)).sum())
    n, m = len(np.unique(truth)) - 1, len(np.unique(prediction)) - 1
    f1 = [2 * sum(i > t for i in ious) / (n + m) for t in threshold_list]
    return {"truth": truth.ravel().tolist(), "prediction": prediction.ravel().tolist(), "f1": f1, "mean": float(np.mean(f1))}


thresholds = [p / 100 for p in range(50, 100, 5)]
print(json.dumps({"cases": cases, "instances": [instances((22, 26), thresholds), instances((30, 18), thresholds)]}))
