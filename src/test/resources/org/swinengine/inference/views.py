# Makes views.txt: the views of a picture of 2 x 7 x 9 numbers (0, 1, 2, ...) that torchvision 0.28's FiveCrop and
# TenCrop of 4 x 5 give, and those of a square of 3 by NumPy's turns. Run it in this folder.
import numpy as np, torch
try:
    import torchvision
except RuntimeError:  # a build without its compiled operations; none of these needs them
    library = torch.library.Library('torchvision', 'DEF')
    for name in ('nms', 'qnms'):
        library.define(name + '(Tensor dets, Tensor scores, float iou_threshold) -> Tensor')
    import torchvision
from torchvision.transforms import functional as F
picture = torch.arange(2 * 7 * 9, dtype=torch.float32).reshape(2, 7, 9)
lines = []
for name, crops in (('FIVE_CROP', F.five_crop(picture, [4, 5])), ('TEN_CROP', F.ten_crop(picture, [4, 5]))):
    lines += [f'{name} ' + ' '.join(str(int(v)) for v in crop.flatten()) for crop in crops]
square = np.arange(9).reshape(3, 3)
turns = dict(MIRROR=[square, square[:, ::-1]], FLIPS=[square, square[:, ::-1], square[::-1], square[::-1, ::-1]],
             D4=[np.rot90(square, k) for k in range(4)] + [square[:, ::-1], square.T, square[::-1], np.rot90(square, 2).T])
for name, views in turns.items():
    lines += [f'{name} ' + ' '.join(map(str, view.flatten())) for view in views]
open('views.txt', 'w').write('\n'.join(lines) + '\n')
