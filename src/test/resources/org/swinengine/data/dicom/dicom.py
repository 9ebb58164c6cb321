"""Writes dicom.zip: small DICOM files, and what pydicom makes of them.

NAME.dcm is a file; NAME.txt holds its height, width, channels and the pixels of the frames, one line each, as
pydicom 2.3.1 reads, rescales, looks up and windows them, on a scale from 0 to 255. Files in other transfer
syntaxes are made by DCMTK 3.6.7 (dcmconv, dcmcrle, dcmcjpeg); lossless ones have the values of their originals.
"""
import io
import os
import subprocess
import tempfile
import warnings
import zipfile

import numpy as np
import pydicom
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.pixel_data_handlers.util import apply_color_lut, apply_modality_lut, apply_voi_lut, convert_color_space
from pydicom.sequence import Sequence
from pydicom.uid import ExplicitVRLittleEndian, ImplicitVRLittleEndian

warnings.simplefilter("ignore")
ROWS, COLUMNS = 9, 14
random = np.random.RandomState(3)
archive = zipfile.ZipFile("dicom.zip", "w", zipfile.ZIP_DEFLATED)


def write(name, content):
    info = zipfile.ZipInfo(name, (2026, 1, 1, 0, 0, 0))
    info.compress_type = zipfile.ZIP_DEFLATED
    archive.writestr(info, content)


def dataset(values, bits, stored, signed=0, photometric="MONOCHROME2", high=None, implicit=False, **more):
    set = Dataset()
    set.file_meta = FileMetaDataset()
    set.file_meta.MediaStorageSOPClassUID = "1.2.840.10008.5.1.4.1.1.7"
    set.file_meta.MediaStorageSOPInstanceUID = "1.2.3.4"
    set.file_meta.ImplementationClassUID = "1.2.3.5"
    set.file_meta.TransferSyntaxUID = ImplicitVRLittleEndian if implicit else ExplicitVRLittleEndian
    set.is_little_endian, set.is_implicit_VR = True, implicit
    set.SOPClassUID, set.SOPInstanceUID = "1.2.840.10008.5.1.4.1.1.7", "1.2.3.4"
    set.PatientName, set.PatientID = "Nobody", "0"
    set.Modality = "OT"
    set.StudyInstanceUID, set.SeriesInstanceUID = "1.2.3.6", "1.2.3.7"
    set.Rows, set.Columns = ROWS, COLUMNS
    set.SamplesPerPixel = 3 if photometric in ("RGB", "YBR_FULL", "YBR_FULL_422") else 1
    if set.SamplesPerPixel == 3:
        set.PlanarConfiguration = 0
    set.PhotometricInterpretation = photometric
    set.BitsAllocated, set.BitsStored, set.HighBit = bits, stored, stored - 1 if high is None else high
    set.PixelRepresentation = signed
    for key, value in more.items():
        setattr(set, key, value)
    data = values if isinstance(values, bytes) else values.tobytes()
    set.PixelData = data + b"\0" * (len(data) % 2)
    set["PixelData"].VR = "OB" if bits <= 8 else "OW"
    return set


def item(**values):
    found = Dataset()
    for key, value in values.items():
        setattr(found, key, value)
    return found


def levels(set):
    """All frames as levels, (frames, rows, columns, channels)."""
    photometric = set.PhotometricInterpretation
    array = set.pixel_array
    frames = int(getattr(set, "NumberOfFrames", 1))
    array = array.reshape((frames, ROWS, COLUMNS, -1))
    if photometric == "PALETTE COLOR":
        table = apply_color_lut(array[..., 0].reshape(-1, COLUMNS), set)
        bits = set.RedPaletteColorLookupTableDescriptor[2]
        return (table >> (bits - 8)).reshape(frames, ROWS, COLUMNS, 3)
    if set.SamplesPerPixel == 3:
        if photometric.startswith("YBR"):
            array = convert_color_space(array.reshape(-1, COLUMNS, 3), "YBR_FULL", "RGB")
        return array.reshape(frames, ROWS, COLUMNS, 3)
    values = apply_modality_lut(array, set).astype(np.float64)
    if "VOILUTSequence" in set:
        bits = set.VOILUTSequence[0].LUTDescriptor[2]
        part = apply_voi_lut(values.astype(np.int64), set) / (2.0 ** bits - 1)
    elif "WindowWidth" in set:
        shown = apply_voi_lut(values, set)
        low, high = (-2.0 ** (set.BitsStored - 1), 2.0 ** (set.BitsStored - 1) - 1) if set.PixelRepresentation else (
            0, 2.0 ** set.BitsStored - 1)
        slope, intercept = float(getattr(set, "RescaleSlope", 1)), float(getattr(set, "RescaleIntercept", 0))
        low, high = low * slope + intercept, high * slope + intercept
        if "ModalityLUTSequence" in set:
            low, high = 0, 2.0 ** set.ModalityLUTSequence[0].LUTDescriptor[2] - 1
        part = (shown - low) / (high - low)
    elif "ModalityLUTSequence" in set:
        bits = set.ModalityLUTSequence[0].LUTDescriptor[2]
        part = np.floor(values / 2.0 ** (bits - 8)) / 255
    else:
        smallest = -2 ** (set.BitsStored - 1) if set.PixelRepresentation else 0
        stored = array.astype(np.int64) - smallest
        part = (stored >> (set.BitsStored - 8) if set.BitsStored >= 8 else
                stored * 255 // (2 ** set.BitsStored - 1)) / 255
    level = np.floor(np.clip(part, 0, 1) * 255 + 0.5).astype(np.int64)
    return 255 - level if photometric == "MONOCHROME1" else level


def bytes_of(set, preamble=True):
    out = io.BytesIO()
    pydicom.dcmwrite(out, set, write_like_original=not preamble)
    return out.getvalue()


def text(array):
    return "%d %d %d\n%s\n" % (ROWS, COLUMNS, array.shape[3], "\n".join(" ".join(map(str, f.reshape(-1))) for f in array))


def case(name, set, expected=None):
    content = bytes_of(set)
    write(name + ".dcm", content)
    expected = levels(pydicom.dcmread(io.BytesIO(content), force=True)) if expected is None else expected
    write(name + ".txt", text(expected))
    return content, expected


def converted(name, content, expected, *command):
    with tempfile.TemporaryDirectory() as folder:
        source, target = os.path.join(folder, "a.dcm"), os.path.join(folder, "b.dcm")
        with open(source, "wb") as out:
            out.write(content)
        subprocess.run([*command, source, target], check=True)
        with open(target, "rb") as made:
            found = made.read()
    write(name + ".dcm", found)
    if expected is None:
        expected = levels(pydicom.dcmread(io.BytesIO(found)))
    write(name + ".txt", text(expected))


def integers(low, high, kind, shape=(ROWS, COLUMNS)):
    return random.randint(low, high, shape).astype(kind)


def smooth(high, kind):
    y, x = np.mgrid[0:ROWS, 0:COLUMNS]
    return ((y * 3 + x * 5) % 97 * high / 97).astype(kind)


grey8 = case("grey-8-implicit", dataset(integers(0, 256, np.uint8), 8, 8, implicit=True))
case("grey-5-bits", dataset(integers(0, 32, np.uint8), 8, 5))
linear = case("grey-12-linear", dataset(integers(0, 4096, np.uint16), 16, 12, WindowCenter="2000.5", WindowWidth="1777"))
case("grey-12-two-windows", dataset(integers(0, 4096, np.uint16), 16, 12, WindowCenter=["1000", "2"], WindowWidth=["1", "3"]))
ct = case("signed-16-rescaled", dataset(integers(-200, 3000, np.int16), 16, 16, 1, RescaleSlope="1", RescaleIntercept="-1024",
          WindowCenter="40", WindowWidth="400"))
case("grey-12-exact", dataset(integers(0, 4096, np.uint16), 16, 12, WindowCenter="2000", WindowWidth="1500", VOILUTFunction="LINEAR_EXACT"))
signed = integers(-2048, 2048, np.int16)
sigmoid = dict(WindowCenter="100", WindowWidth="900", VOILUTFunction="SIGMOID", RescaleSlope="0.5", RescaleIntercept="3")
_, shown = case("signed-12-sigmoid", dataset(signed, 16, 12, 1, **sigmoid))
# The same where the bits above those stored are not the sign's; pydicom 2.3 takes them for a part of the value.
case("signed-12-masked", dataset(signed & 0xFFF, 16, 12, 1, **sigmoid), shown)
case("inverse-10", dataset(integers(0, 1024, np.uint16), 16, 10, photometric="MONOCHROME1", WindowCenter="500", WindowWidth="800"))
case("inverse-8", dataset(integers(0, 256, np.uint8), 8, 8, photometric="MONOCHROME1"))
case("grey-16-full", dataset(integers(0, 65536, np.uint16), 16, 16))
case("signed-13-full", dataset(integers(-4096, 4096, np.int16), 16, 13, 1))
case("grey-32", dataset(integers(0, 2 ** 31 - 1, np.uint32), 32, 32, WindowCenter="900000000", WindowWidth="900000000"))
lut = np.sort(random.randint(0, 4096, 200)).astype("<u2").tobytes()
wide = np.sort(random.randint(0, 65536, 200)).astype("<u2").tobytes()
case("modality-table", dataset(integers(0, 256, np.uint8), 8, 8, ModalityLUTSequence=Sequence([item(
    LUTDescriptor=[200, 20, 16], ModalityLUTType="US", LUTData=wide)])))
case("voi-table", dataset(integers(0, 1024, np.uint16), 16, 10, RescaleSlope="2", RescaleIntercept="-100", VOILUTSequence=Sequence([item(
    LUTDescriptor=[200, 300, 12], LUTData=lut)])))
case("modality-table-and-window", dataset(integers(0, 256, np.uint8), 8, 8, WindowCenter="30000", WindowWidth="20000",
     ModalityLUTSequence=Sequence([item(LUTDescriptor=[200, 20, 16], ModalityLUTType="US", LUTData=wide)])))
palette = {c + "PaletteColorLookupTableData": random.randint(0, 65536, 250).astype("<u2").tobytes() for c in ("Red", "Green", "Blue")}
palette.update({c + "PaletteColorLookupTableDescriptor": [250, 3, 16] for c in ("Red", "Green", "Blue")})
case("palette-16", dataset(integers(0, 256, np.uint8), 8, 8, photometric="PALETTE COLOR", **palette))
rgb = case("rgb", dataset(integers(0, 256, np.uint8, (ROWS, COLUMNS, 3)), 8, 8, photometric="RGB"))
case("rgb-planes", dataset(integers(0, 256, np.uint8, (3, ROWS, COLUMNS)), 8, 8, photometric="RGB", PlanarConfiguration=1))
case("ybr-full", dataset(integers(0, 256, np.uint8, (ROWS, COLUMNS, 3)), 8, 8, photometric="YBR_FULL"))
case("ybr-full-422", dataset(integers(0, 256, np.uint8, (ROWS, COLUMNS, 2)), 8, 8, photometric="YBR_FULL_422"))
frames = case("three-frames", dataset(integers(0, 4096, np.uint16, (3, ROWS, COLUMNS)), 16, 12, NumberOfFrames=3, WindowCenter="2000", WindowWidth="3000"))
bits = random.randint(0, 2, (2, ROWS, COLUMNS)).astype(np.uint8)
case("one-bit", dataset(np.packbits(bits.reshape(-1), bitorder="little").tobytes(), 1, 1, NumberOfFrames=2))

# Unused bits of a sample hold something else; pydicom 2.3 does not shift, so the values are computed here.
plain = integers(0, 4096, np.uint16)
shifted = dataset((plain << 4) | integers(0, 16, np.uint16), 16, 12, high=15)
write("high-bit-15.dcm", bytes_of(shifted))
write("high-bit-15.txt", text((plain >> 4).reshape(1, ROWS, COLUMNS, 1)))
overlaid = dataset(plain | (integers(0, 16, np.uint16) << 12), 16, 12)
write("overlay-bits.dcm", bytes_of(overlaid))
write("overlay-bits.txt", text((plain >> 4).reshape(1, ROWS, COLUMNS, 1)))

# An enhanced file: rescaling for all frames, a window for each.
values = integers(0, 4096, np.uint16, (2, ROWS, COLUMNS))
windows = [("100", "500"), ("900", "50")]
enhanced = dataset(values, 16, 12, NumberOfFrames=2, SharedFunctionalGroupsSequence=Sequence([item(
    PixelValueTransformationSequence=Sequence([item(RescaleSlope="0.5", RescaleIntercept="-7", RescaleType="US")]))]),
    PerFrameFunctionalGroupsSequence=Sequence([item(FrameVOILUTSequence=Sequence([item(WindowCenter=c, WindowWidth=w)]))
                                               for c, w in windows]))
expected = [levels(dataset(values[i], 16, 12, RescaleSlope="0.5", RescaleIntercept="-7", WindowCenter=c, WindowWidth=w))
            for i, (c, w) in enumerate(windows)]
write("enhanced.dcm", bytes_of(enhanced))
write("enhanced.txt", text(np.concatenate(expected)))

nested = dataset(integers(0, 256, np.uint8), 8, 8, ReferencedStudySequence=Sequence([item(
    ReferencedSOPClassUID="1.2", ReferencedSeriesSequence=Sequence([item(SeriesInstanceUID="1.3"), item(SeriesInstanceUID="1.4")]))]))
nested.is_undefined_length_sequence_item = True
content, found = case("sequences", nested)
converted("sequences-undefined", content, found, "dcmconv", "-e")
converted("sequences-undefined-implicit", content, found, "dcmconv", "-e", "+ti")
write("no-preamble.dcm", bytes_of(dataset(integers(0, 256, np.uint8), 8, 8, implicit=True))[132:])
write("no-preamble.txt", text(levels(pydicom.dcmread(io.BytesIO(archive.read("no-preamble.dcm")), force=True))))
for name, (content, found) in {"grey-8": grey8, "signed-16": ct, "grey-12": linear, "rgb": rgb, "frames": frames}.items():
    converted(name + "-big-endian", content, found, "dcmconv", "+tb")
    converted(name + "-deflated", content, found, "dcmconv", "+td")
    converted(name + "-rle", content, found, "dcmcrle")
    if name not in ("rgb",):
        converted(name + "-lossless", content, found, "dcmcjpeg", "+e1")
        converted(name + "-lossless-predictor-4", content, found, "dcmcjpeg", "+el", "+sv", "4")
converted("rgb-lossless", rgb[0], rgb[1], "dcmcjpeg", "+e1")
smooth8 = bytes_of(dataset(smooth(256, np.uint8), 8, 8, WindowCenter="120", WindowWidth="200"))
converted("grey-8-jpeg", smooth8, None, "dcmcjpeg", "+eb")
archive.close()
