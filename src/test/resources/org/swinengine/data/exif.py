# Makes exif.txt: files of every orientation and the pixels that Pillow 12.3's ImageOps.exif_transpose gives, in
# base64. Run it in this folder.
import base64, io, struct, zlib, numpy as np
from PIL import Image, ImageOps
y, x = np.mgrid[0:5, 0:8]
photo = Image.fromarray(np.stack([20 + 25 * x, 230 - 40 * y, 9 * x * y], -1).astype(np.uint8))
lines = []
def put(name, data):
    upright = np.array(ImageOps.exif_transpose(Image.open(io.BytesIO(data))).convert('RGB'))
    b = lambda v: base64.b64encode(v).decode()
    lines.append(f'{name} {b(data)} {upright.shape[0]} {upright.shape[1]} {b(upright.tobytes())}')
def save(format, **options):
    out = io.BytesIO(); photo.save(out, format, **options); return out.getvalue()
formats = {'jpg': ('JPEG', dict(quality=30)), 'png': ('PNG', {}), 'webp': ('WEBP', dict(lossless=True))}
for suffix, (format, options) in formats.items():
    for code in range(10):
        exif = Image.Exif(); exif[0x0112] = code
        put(f'{code}.{suffix}', save(format, exif=exif.tobytes(), **options))
    put(f'none.{suffix}', save(format, **options))
def tiff(order, type, value):
    return (b'MM' if order == '>' else b'II') + struct.pack(order + 'HIHHHI', 42, 8, 1, 0x0112, type, 1) + \
        (struct.pack(order + 'HH', value, 0) if type == 3 else struct.pack(order + 'I', value)) + b'\0\0\0\0'
for order in '<>':
    for type in (3, 4):
        put(f'order{ord(order)}-type{type}.jpg', save('JPEG', quality=30, exif=b'Exif\0\0' + tiff(order, type, 6)))
xmp = b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><r tiff:Orientation="8"/></x:xmpmeta>'
nested = b'<x><tiff:Orientation>5</tiff:Orientation></x>'
put('xmp.jpg', save('JPEG', quality=30, xmp=xmp))
put('xmp.webp', save('WEBP', lossless=True, xmp=nested))
exif = Image.Exif(); exif[0x0112] = 1
put('exif-before-xmp.jpg', save('JPEG', quality=30, xmp=xmp, exif=exif.tobytes()))
png = save('PNG')
def chunk(name, data): return struct.pack('>I', len(data)) + name + data + struct.pack('>I', zlib.crc32(name + data))
put('xmp.png', png[:33] + chunk(b'iTXt', b'XML:com.adobe.xmp\0\0\0\0\0' + xmp) + png[33:])
put('late.png', png[:-12] + chunk(b'eXIf', tiff('>', 3, 7)) + png[-12:])
open('exif.txt', 'w').write('\n'.join(lines) + '\n')
print(len(lines))
