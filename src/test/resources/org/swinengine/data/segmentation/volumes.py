"""Writes volumes/*.nii[.gz], *.h5, *.npz and volumes.json: what nibabel 5.0, h5py and NumPy read in them.

    python3 volumes.py        # in this folder
"""
import gzip
import json
import os
import struct
import h5py
import nibabel as nib
import numpy as np

rng = np.random.RandomState(3)
os.makedirs("volumes", exist_ok=True)
table = {}


def affine(kind):
    a = np.diag([1.5, .75, 3., 1.])
    a[:3, 3] = [-10.25, 20.5, 7]
    if kind == "lps":
        a[0] *= -1
        a[1] *= -1
    if kind == "turned":
        a = a[:, [2, 0, 1, 3]]
        a[:3, 1] *= -1
    if kind == "oblique":
        t, u = .3, -.2
        r = np.array([[np.cos(t), -np.sin(t), 0], [np.sin(t), np.cos(t), 0], [0, 0, 1]]) @ \
            np.array([[1, 0, 0], [0, np.cos(u), -np.sin(u)], [0, np.sin(u), np.cos(u)]])
        a[:3, :3] = r @ a[:3, :3] @ np.array([[0, 1, 0], [0, 0, -1], [1, 0, 0]])
    return a


def note(name):
    image = nib.load("volumes/" + name)
    ras = nib.as_closest_canonical(image)
    table[name] = {
        "shape": list(image.shape), "values": [float(np.float32(v)) for v in image.get_fdata().ravel(order="F")],
        "affine": image.affine[:3].ravel().tolist(), "codes": "".join(nib.aff2axcodes(image.affine)),
        "canonical_shape": list(ras.shape), "canonical_affine": ras.affine[:3].ravel().tolist(),
        "canonical_values": [float(np.float32(v)) for v in ras.get_fdata().ravel(order="F")]}


def values(dtype, shape):
    if np.issubdtype(dtype, np.integer):
        info = np.iinfo(dtype)
        v = rng.randint(max(info.min, -2 ** 31), min(info.max, 2 ** 31 - 1), shape).astype(dtype)
        v.flat[0], v.flat[1] = info.min, info.max
        return v
    return (rng.randn(*shape) * 100).astype(dtype)


kinds = ["ras", "lps", "turned", "oblique"]
number = 0
for dtype in ("u1", "i1", "i2", "u2", "i4", "u4", "i8", "u8", "f4", "f8"):
    for order in "<>":
        number += 1
        two = number % 3 == 0
        header = (nib.Nifti2Header if two else nib.Nifti1Header)(endianness=order)
        shape = (4, 3, 2, 2) if number % 4 == 0 else (3, 4, 2)
        header.set_data_dtype(np.dtype(dtype).newbyteorder(order))
        image = (nib.Nifti2Image if two else nib.Nifti1Image)(values(np.dtype(dtype), shape), affine(kinds[number % 4]), header)
        name = "%s-%s%s" % (dtype, "little" if order == "<" else "big", ".nii.gz" if number % 5 == 0 else ".nii")
        nib.save(image, "volumes/" + name)
        note(name)


def patched(name, shape, edits, kind="oblique"):
    """int16 with fields of the header set: (offset, format, values)."""
    image = nib.Nifti1Image(values(np.dtype("i2"), shape), affine(kind))
    image.header.set_data_dtype("<i2")
    raw = bytearray(image.to_bytes())
    for offset, form, *v in edits:
        struct.pack_into("<" + form, raw, offset, *v)
    with open("volumes/" + name, "wb") as out:
        out.write(gzip.compress(bytes(raw), mtime=0) if name.endswith("gz") else raw)
    note(name)


patched("scaled.nii", (3, 2, 4), [(112, "ff", .0123, -3.5)])
patched("slope-zero.nii", (3, 2, 4), [(112, "ff", 0, 9)])
patched("slope-nan.nii", (3, 2, 4), [(112, "ff", float("nan"), 9)])
patched("scaled.nii.gz", (2, 5, 4), [(112, "ff", 2, 100)], "lps")
patched("qform.nii", (3, 2, 4), [(254, "h", 0), (252, "h", 1)])
patched("qfac.nii", (3, 2, 4), [(254, "h", 0), (252, "h", 1)], "turned")
patched("no-affine.nii", (3, 2, 4), [(254, "h", 0), (252, "h", 0)])
patched("negative-pixdim.nii", (3, 2, 4), [(254, "h", 0), (252, "h", 1), (80, "f", -1.5)])
patched("plane.nii", (5, 4, 1), [])
patched("five-axes.nii", (3, 2, 4, 1, 1), [])

image = rng.rand(3, 4, 5).astype("f4")
label = rng.randint(0, 9, (3, 4, 5))
for name, options in (("plain", {}), ("gzip", dict(chunks=(1, 4, 5), compression="gzip")), ("shuffle", dict(chunks=(2, 3, 3), compression="gzip",
                      shuffle=True)), ("lzf", dict(chunks=(1, 4, 5), compression="lzf"))):
    for latest in (False, True):
        file = "%s%s.npy.h5" % (name, "-latest" if latest else "")
        with h5py.File("volumes/" + file, "w", libver="latest" if latest else "earliest") as f:
            f.create_dataset("image", data=image.astype(">f8" if name == "shuffle" else "f4"), **options)
            f.create_dataset("label", data=label.astype("f4" if name == "plain" else "u1" if name == "gzip" else "i8"), **options)
        table[file] = {"shape": list(image.shape), "values": [float(v) for v in image.ravel()], "labels": label.ravel().tolist()}
np.savez("volumes/slice.npz", image=image[0], label=label[0].astype("f4"))
np.savez_compressed("volumes/slice-compressed.npz", image=image[1].astype("f8"), label=label[1].astype("u1"))
np.savez("volumes/slice-fortran.npz", image=np.asfortranarray(image[2]), label=np.asfortranarray(label[2]))
for i, name in enumerate(("slice.npz", "slice-compressed.npz", "slice-fortran.npz")):
    table[name] = {"shape": [4, 5], "values": [float(v) for v in image[i].ravel()], "labels": label[i].ravel().tolist()}
with open("volumes.json", "w") as out:
    json.dump(table, out)
