# Makes operations.txt: operations on pictures, each with the CRC-32 of the bytes that Pillow 12.3 or
# torchvision 0.28 gives. Run it in this folder.
import zlib, numpy as np, torch
try:
    import torchvision
except RuntimeError:  # a build without its compiled operations; none of these needs them
    library = torch.library.Library('torchvision', 'DEF')
    for name in ('nms', 'qnms'):
        library.define(name + '(Tensor dets, Tensor scores, float iou_threshold) -> Tensor')
    import torchvision
from torchvision.transforms import functional as F, InterpolationMode, RandomPerspective
from PIL import Image, ImageEnhance, ImageFilter, ImageOps

def lcg(count, seed):
    state, out = seed, np.empty(count, np.uint8)
    for i in range(count):
        state = (state * 1664525 + 1013904223) & 0xFFFFFFFF
        out[i] = state >> 24
    return out

def ramp(h, w):  # smooth, of few values in the last channel
    y, x = np.mgrid[0:h, 0:w]
    return np.stack([40 + 3 * x, 200 - 2 * y, 90 + (x // 8 + y // 8) % 3 * 20], -1).astype(np.uint8)

images = {
    'rgb': Image.fromarray(lcg(37 * 53 * 3, 1).reshape(37, 53, 3)),
    'ramp': Image.fromarray(ramp(40, 48)),
    'grey': Image.fromarray(lcg(28 * 33, 2).reshape(28, 33)),
    'square': Image.fromarray(lcg(24 * 24 * 3, 3).reshape(24, 24, 3)),
    'flat': Image.new('RGB', (9, 7), (12, 12, 200)),
    'line': Image.fromarray(lcg(11 * 3, 4).reshape(1, 11, 3)),
}
lines = []
def put(name, arguments, image, result):
    assert result.mode == images[image].mode
    crc = zlib.crc32(np.ascontiguousarray(np.array(result)).tobytes())
    lines.append(f'{image} {name} {" ".join(map(str, arguments))}'.strip() + f' = {result.height} {result.width} {crc}')

for key, im in images.items():
    for name, f in (('AUTO_CONTRAST', ImageOps.autocontrast), ('EQUALIZE', ImageOps.equalize), ('INVERT', ImageOps.invert)):
        put(name, [0], key, f(im))
    put('GRAYSCALE', [0], key, im.convert('L').convert(im.mode))
    for bits in range(9):
        put('POSTERIZE', [bits], key, ImageOps.posterize(im, bits) if bits else im.point([0] * 256 * len(im.getbands())))
    for t in (0, 1, 97.5, 128, 255, 256):
        put('SOLARIZE', [t], key, ImageOps.solarize(im, t))
    for a in (0, 33, 110, 128):
        put('SOLARIZE_ADD', [a], key, im.point([min(255, i + a) if i < 128 else i for i in range(256)] * len(im.getbands())))
    for k in (0.0, 0.1, 0.37, 1.0, 1.9, 3.3):
        for name, e in (('COLOR', ImageEnhance.Color), ('CONTRAST', ImageEnhance.Contrast),
                        ('BRIGHTNESS', ImageEnhance.Brightness), ('SHARPNESS', ImageEnhance.Sharpness)):
            put(name, [k], key, e(im).enhance(k))
    for h in (-0.5, -0.2, -0.003, 0.0, 0.1, 0.35, 0.5):
        put('HUE', [h], key, F.adjust_hue(im, h))
    for g in (0.0, 0.5, 0.8, 1.0, 2.2):
        put('GAMMA', [g], key, F.adjust_gamma(im, g))
    for r in (0.0, 0.1, 0.4, 1.0, 1.7, 2.0, 5.5, 40.0):
        put('BLUR', [r], key, im.filter(ImageFilter.GaussianBlur(r)))
    for s in (3, 5, 9):
        put('MEDIAN', [s], key, im.filter(ImageFilter.MedianFilter(s)))
    for lo, hi in ((0, 0), (1, 1), (0.5, 20), (49, 49)):
        put('percentiles', [lo, hi], key, ImageOps.autocontrast(im, cutoff=(lo, hi)))
    for lo, hi in ((0, 255), (30, 120), (100, 101)):
        a = (np.clip((np.array(im).astype(float) - lo) / (hi - lo), 0, 1) * 255 + 0.5).astype(np.uint8)
        put('window', [lo, hi], key, Image.fromarray(a))
    for factor, offset in ((1.0, 0.0), (1.25, -20.5), (0.6, 90.25)):
        a = np.rint(np.clip(np.array(im).astype(float) * factor + offset, 0, 255)).astype(np.uint8)
        put('intensity', [factor, offset], key, Image.fromarray(a))
    for size, sigma in ((3, 0.5), (5, 1.1), (23, 2.0)):
        if size // 2 < min(im.size):  # torch mirrors no more than there is
            put('gaussian', [size, sigma], key, F.gaussian_blur(im, size, sigma))

    turns = {'MIRRORED': Image.FLIP_LEFT_RIGHT, 'FLIPPED': Image.FLIP_TOP_BOTTOM, 'HALF': Image.ROTATE_180,
             'TRANSPOSED': Image.TRANSPOSE, 'LEFT': Image.ROTATE_90, 'RIGHT': Image.ROTATE_270, 'TRANSVERSED': Image.TRANSVERSE}
    for name, turn in turns.items():
        put('turn', [name], key, im.transpose(turn))
    fill = (10, 20, 30) if im.mode == 'RGB' else 18  # the luma
    filters = {'NEAREST': (Image.NEAREST, InterpolationMode.NEAREST), 'BILINEAR': (Image.BILINEAR, InterpolationMode.BILINEAR),
               'BICUBIC': (Image.BICUBIC, InterpolationMode.BICUBIC)}
    for name, (pil, tv) in filters.items():
        for angle in (0, 13.7, 90, -90, 180, 270, 359.9, -45, 301.25):
            put('rotate', [float(angle), name], key, im.rotate(angle, pil, fillcolor=fill))
        for a in ((0, 0, 0, 1, 0, 0), (30, 0, 0, 1, 0, 0), (-17.3, 4, -3, 0.8, 11, 0), (5, -2, 7, 1.4, -20, 35.5), (0, 3, 0, 1, 0, 0),
                  (0, 0, 0, 2.5, 0, 0), (180, 1, 1, 0.3, 0, 0), (30, 3, -2, 0.001, 5, 0)):
            put('affine', [*map(float, a), name], key,
                F.affine(im, a[0], list(a[1:3]), a[3], list(a[4:6]), interpolation=tv, fill=fill))
        for f in (0.3, -0.17):
            put('shearX', [f, name], key, im.transform(im.size, Image.AFFINE, (1, f, 0, 0, 1, 0), resample=pil, fillcolor=fill))
            put('shearY', [f, name], key, im.transform(im.size, Image.AFFINE, (1, 0, 0, f, 1, 0), resample=pil, fillcolor=fill))
        for x, y in ((4.65, 0), (0, -3.25), (-100.5, 0)):
            put('shift', [x, y, name], key, im.transform(im.size, Image.AFFINE, (1, 0, x, 0, 1, y), resample=pil, fillcolor=fill))
        w, h = im.size
        if min(w, h) > 8:
            for a in (0, 2, 5):
                start = [[0, 0], [w - 1, 0], [w - 1, h - 1], [0, h - 1]]
                corners = [[a, a // 2], [w - 1 - a // 2, a], [w - 1 - a, h - 1 - a], [1, h - 1 - a // 2]]
                put('perspective', [*sum(corners, []), name], key, F.perspective(im, start, corners, interpolation=tv, fill=fill))
    w, h = im.size
    for alpha, sigma in ((0.0, 0.0), (7.0, 0.5), (30.0, 2.0), (60.0, 3.0)):
        size = int(8 * sigma + 1) | 1
        if size // 2 < min(w, h):
            fields = []
            for seed, side in ((7, w), (8, h)):
                field = torch.from_numpy(lcg(w * h, seed).astype(np.float32) / 128 - 1).reshape(1, 1, h, w)
                field = F.gaussian_blur(field, [size, size], [sigma, sigma]) if sigma else field
                fields.append(field * alpha / side)
            displacement = torch.concat(fields, 1).permute([0, 2, 3, 1])
            put('elastic', [alpha, sigma], key, F.elastic_transform(im, displacement, InterpolationMode.BILINEAR, fill if key != 'grey' else [float(fill)]))
open('operations.txt', 'w').write('\n'.join(lines) + '\n')
print(len(lines))
