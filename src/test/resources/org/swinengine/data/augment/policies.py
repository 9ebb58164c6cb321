# Makes policies.txt: the tables of timm 1.0.29's and torchvision 0.28's policies, and the CRC-32 of the bytes
# that their operations give. Run it in this folder.
import random, zlib, numpy as np, torch
try:
    import torchvision
except RuntimeError:  # a build without its compiled operations; none of these needs them
    library = torch.library.Library('torchvision', 'DEF')
    for name in ('nms', 'qnms'):
        library.define(name + '(Tensor dets, Tensor scores, float iou_threshold) -> Tensor')
    import torchvision
from torchvision.transforms import autoaugment as tv, InterpolationMode
from timm.data import auto_augment as aa
from PIL import Image

def noise(h, w, c, seed):
    state, out = seed, np.empty(h * w * c, np.uint8)
    for i in range(h * w * c):
        state = (state * 1664525 + 1013904223) & 0xFFFFFFFF
        out[i] = state >> 24
    return out.reshape(h, w, c)

image = Image.fromarray(noise(37, 53, 3, 1))
fill = (124, 116, 104)
def crc(im): return zlib.crc32(np.ascontiguousarray(np.array(im)).tobytes())
lines = []
names = [n for n in aa.NAME_TO_OP if n not in ('TranslateX', 'TranslateY')]
for name in names:
    for level in (0., .5, 1., 3., 5., 7.3, 9., 10., 13.):
        for negative in (0, 1):
            random.random = lambda: 0.9 if negative else 0.1
            arguments = aa.LEVEL_TO_ARG[name](level, dict(aa._HPARAMS_DEFAULT)) if aa.LEVEL_TO_ARG[name] else ()
            if name == 'Desaturate':  # timm's operation takes the other end
                value = min(1., max(0., 1. - arguments[0]))
            else:
                value = arguments[0] if arguments else 0
            for filter_name, f in (('BILINEAR', Image.BILINEAR), ('BICUBIC', Image.BICUBIC)):
                if name == 'GaussianBlurRand' or (level > 10 and 'Posterize' in name) or (level > 10 and 'Solarize' in name):
                    bytes_ = '-'  # blurred at random; timm keeps levels within 10
                else:
                    bytes_ = crc(aa.NAME_TO_OP[name](image, *arguments, fillcolor=fill, resample=f))
                lines.append(f'timm {name} {level} {negative} {filter_name} {float(value)!r} {bytes_}')
for text in ('rand-m9-mstd0.5-inc1', 'rand-m9-mstd0.5', 'rand', 'rand-m7-n3-p0.3-mmax20', 'rand-m15-mstd101-inc1-mmax30',
             'rand-mstd1-tweights', 'rand-m6-t3a', 'rand-m6-n4-t3aw-inc0'):
    ra = aa.rand_augment_transform(text, {})
    for op, weight in zip(ra.ops, [None] * len(ra.ops) if ra.choice_weights is None else ra.choice_weights):
        lines.append(f'rand {text} {ra.num_layers} {op.name} {float(op.prob)!r} {float(op.magnitude)!r} {float(op.magnitude_std)!r} '
                     f'{float(op.magnitude_max or 10)!r} {"-" if weight is None else repr(float(weight))}')
for text in ('original', 'original-mstd0.5', 'originalr', 'v0', 'v0r-mstd1', '3a'):
    for i, policy in enumerate(aa.auto_augment_transform(text, {}).policy):
        for op in policy:
            lines.append(f'auto {text} {i} {op.name} {float(op.prob)!r} {float(op.magnitude)!r} {float(op.magnitude_std)!r}')
for wide, space in ((0, tv.RandAugment()), (1, tv.TrivialAugmentWide())):
    for bins in (31, 10):
        table = space._augmentation_space(bins) if wide else space._augmentation_space(bins, (37, 53))
        for name, (magnitudes, signed) in table.items():
            for bin_ in range(bins if magnitudes.ndim else 1):
                m = float(magnitudes[bin_].item()) if magnitudes.ndim else 0.
                for sign in ((1, -1) if signed and bins == 31 and bin_ % 5 == 2 else (1,)):
                    for f in (('NEAREST', 'BILINEAR') if bins == 31 and bin_ % 5 == 2 else ('NEAREST',)):
                        out = tv._apply_op(image, name, sign * m, InterpolationMode[f], fill)
                        lines.append(f'torchvision {wide} {bins} {name} {bin_} {sign} {f} {m!r} {crc(out)}')
open('policies.txt', 'w').write('\n'.join(lines) + '\n')
print(len(lines))
