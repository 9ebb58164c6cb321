"""Writes series/*.zip and series.json: DICOM series, a segmentation of one, and what pydicom reads in them.

    python3 series.py                  # in this folder; pydicom 3.0.2 and NumPy
    python3 series.py check FILE ...   # reads DICOM segmentations that the engine wrote, and says what is in them
"""
import io
import json
import os
import sys
import zipfile
import numpy as np
import pydicom
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import ExplicitVRLittleEndian, ImplicitVRLittleEndian

ROWS, COLUMNS, SLICES = 6, 5, 4


def check(path):
    s = pydicom.dcmread(path)
    assert s.SOPClassUID == s.file_meta.MediaStorageSOPClassUID == "1.2.840.10008.5.1.4.1.1.66.4" and s.Modality == "SEG"
    array = s.pixel_array.reshape(int(s.NumberOfFrames), s.Rows, s.Columns)
    assert len(s.PerFrameFunctionalGroupsSequence) == int(s.NumberOfFrames)
    known = {i.ReferencedSOPInstanceUID for i in s.ReferencedSeriesSequence[0].ReferencedInstanceSequence}
    print(path, array.shape, [(int(x.SegmentNumber), x.SegmentLabel, list(x.RecommendedDisplayCIELabValue)) for x in s.SegmentSequence])
    for frame, group in zip(array, s.PerFrameFunctionalGroupsSequence):
        source = group.DerivationImageSequence[0].SourceImageSequence[0].ReferencedSOPInstanceUID
        assert source in known and len(group.FrameContentSequence[0].DimensionIndexValues) == 2
        print(" segment", group.SegmentIdentificationSequence[0].ReferencedSegmentNumber, "at",
              [float(v) for v in group.PlanePositionSequence[0].ImagePositionPatient], "pixels", int(frame.sum()), "of", source)
    measures = s.SharedFunctionalGroupsSequence[0].PixelMeasuresSequence[0]
    print(" spacing", [float(v) for v in measures.PixelSpacing], float(measures.SpacingBetweenSlices))


if len(sys.argv) > 2 and sys.argv[1] == "check":
    for path in sys.argv[2:]:
        check(path)
    sys.exit()


def meta(kind, instance, syntax):
    m = FileMetaDataset()
    m.MediaStorageSOPClassUID, m.MediaStorageSOPInstanceUID, m.TransferSyntaxUID = kind, instance, syntax
    m.ImplementationClassUID = "1.2.3.5"
    return m


def save(dataset, implicit):
    out = io.BytesIO()
    dataset.save_as(out, enforce_file_format=True, implicit_vr=implicit, little_endian=True)
    return out.getvalue()


def archive(name, files):
    with zipfile.ZipFile("series/" + name + ".zip", "w", zipfile.ZIP_DEFLATED) as z:
        for file, content in files.items():
            z.writestr(zipfile.ZipInfo(file, (2026, 1, 1, 0, 0, 0)), content)


def rotation(a, b):
    return np.array([[np.cos(a), -np.sin(a), 0], [np.sin(a), np.cos(a), 0], [0, 0, 1]]) @ \
        np.array([[1, 0, 0], [0, np.cos(b), -np.sin(b)], [0, np.sin(b), np.cos(b)]])


rng = np.random.RandomState(5)
table = {}
KINDS = {"axial": (np.eye(3), 0), "sagittal": (np.array([[0, 0, -1], [1, 0, 0], [0, -1, 0]], float), 0),
         "oblique": (rotation(.3, -.2), 0), "tilted": (np.eye(3), .4)}
for number, (name, (turn, tilt)) in enumerate(KINDS.items()):
    directions = np.round(np.concatenate([turn[:, 0], turn[:, 1]]), 6)
    normal = np.cross(directions[:3], directions[3:])
    files, positions, values = {}, [], []
    order = rng.permutation(SLICES)
    for k in range(SLICES):
        s = Dataset()
        s.file_meta = meta("1.2.840.10008.5.1.4.1.1.2", "1.2.3.4.%d.%d" % (number, k), ImplicitVRLittleEndian if k % 2 else ExplicitVRLittleEndian)
        s.SOPClassUID, s.SOPInstanceUID = s.file_meta.MediaStorageSOPClassUID, s.file_meta.MediaStorageSOPInstanceUID
        s.StudyInstanceUID, s.SeriesInstanceUID, s.FrameOfReferenceUID = "1.2.3.6", "1.2.3.7.%d" % number, "1.2.3.8"
        s.PatientName, s.PatientID, s.Modality = "Nobody", "0", "CT"
        s.StudyDate, s.StudyTime, s.SeriesDescription = "20260101", "101010", name
        s.Rows, s.Columns, s.SamplesPerPixel, s.PhotometricInterpretation = ROWS, COLUMNS, 1, "MONOCHROME2"
        s.BitsAllocated, s.BitsStored, s.HighBit, s.PixelRepresentation = (16, 12, 11, 0) if number % 2 == 0 else (16, 16, 15, 1)
        s.RescaleSlope, s.RescaleIntercept = ("1", "-1024") if number % 2 == 0 else ("0.5", "%d" % k)
        s.PixelSpacing, s.SliceThickness = [.75, 1.5], 9
        position = np.array([-10.25, 20.5, 7]) + k * 3 * normal + k * tilt * directions[3:]
        s.ImagePositionPatient, s.ImageOrientationPatient = ["%.8g" % v for v in position], ["%.8g" % v for v in directions]
        s.InstanceNumber = int(SLICES - k if number == 1 else k + 1)
        stored = rng.randint(0, 4096, (ROWS, COLUMNS)).astype("u2") if number % 2 == 0 else rng.randint(-3000, 3000, (ROWS, COLUMNS)).astype("i2")
        s.PixelData = stored.tobytes()
        content = save(s, k % 2 == 1)
        files["IM%03d%s" % (order[k], "" if number == 2 else ".dcm")] = content
        r = pydicom.dcmread(io.BytesIO(content))
        positions.append([float(v) for v in r.ImagePositionPatient])
        values.append(r.pixel_array.astype(float) * float(r.RescaleSlope) + float(r.RescaleIntercept))
    positions, d = np.array(positions), np.array([float(v) for v in r.ImageOrientationPatient])
    spacing = [float(v) for v in r.PixelSpacing]
    lps = np.column_stack([d[:3] * spacing[1], d[3:] * spacing[0], (positions[-1] - positions[0]) / (SLICES - 1), positions[0]])
    ras = np.diag([-1, -1, 1]) @ lps
    table[name] = {"affine": ras.ravel().tolist(), "values": np.array(values).ravel().tolist()}
    archive(name, files)
    if name == "oblique":
        import nibabel as nib
        labels = rng.randint(0, 3, (SLICES, ROWS, COLUMNS))
        volume, affine = labels.transpose(2, 1, 0).astype("u1"), np.vstack([ras, [0, 0, 0, 1]])
        # As converters write it: other directions and another order of axes.
        image = nib.as_closest_canonical(nib.Nifti1Image(volume, affine))
        out = {"labels.nii": image.to_bytes()}
        seg = Dataset()
        seg.file_meta = meta("1.2.840.10008.5.1.4.1.1.66.4", "1.2.3.9.1", ExplicitVRLittleEndian)
        seg.SOPClassUID, seg.SOPInstanceUID, seg.Modality = seg.file_meta.MediaStorageSOPClassUID, "1.2.3.9.1", "SEG"
        seg.StudyInstanceUID, seg.SeriesInstanceUID, seg.PatientName, seg.PatientID = "1.2.3.6", "1.2.3.9", "Nobody", "0"
        seg.Rows, seg.Columns, seg.SamplesPerPixel, seg.PhotometricInterpretation = ROWS, COLUMNS, 1, "MONOCHROME2"
        seg.BitsAllocated, seg.BitsStored, seg.HighBit, seg.PixelRepresentation = 1, 1, 0, 0
        seg.SegmentationType, seg.SegmentSequence = "BINARY", []
        for n, label in ((1, "liver"), (2, "spleen")):
            item = Dataset()
            item.SegmentNumber, item.SegmentLabel, item.SegmentAlgorithmType = n, label, "MANUAL"
            seg.SegmentSequence.append(item)
        shared, measures, plane = Dataset(), Dataset(), Dataset()
        measures.PixelSpacing, plane.ImageOrientationPatient = spacing, ["%.8g" % v for v in d]
        shared.PixelMeasuresSequence, shared.PlaneOrientationSequence = [measures], [plane]
        seg.SharedFunctionalGroupsSequence, seg.PerFrameFunctionalGroupsSequence, frames = [shared], [], []
        for k in reversed(range(SLICES)):
            for n in (2, 1):
                group, place, of = Dataset(), Dataset(), Dataset()
                place.ImagePositionPatient, of.ReferencedSegmentNumber = ["%.8g" % v for v in positions[k]], n
                group.PlanePositionSequence, group.SegmentIdentificationSequence = [place], [of]
                seg.PerFrameFunctionalGroupsSequence.append(group)
                frames.append(labels[k] == n)
        seg.NumberOfFrames = len(frames)
        bits = np.packbits(np.array(frames).ravel(), bitorder="little").tobytes()
        seg.PixelData = bits + b"\0" * (len(bits) % 2)
        seg["PixelData"].VR = "OB"
        out["labels.dcm"] = save(seg, False)
        for k in range(SLICES):
            from PIL import Image
            png = io.BytesIO()
            Image.fromarray(labels[k].astype("u1")).save(png, "png")
            out["labels/IM%03d.png" % order[k]] = png.getvalue()
        table[name]["labels"] = labels.ravel().tolist()
        archive("oblique-labels", out)
with open("series.json", "w") as out:
    json.dump(table, out)
