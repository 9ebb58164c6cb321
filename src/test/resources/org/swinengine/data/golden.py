# Makes the images of this folder with Pillow, the reference for resizing, colours and decoding.
import io, numpy as np
from PIL import Image, ImageEnhance
O = './'  # run it in this folder: Pillow 12.3, NumPy
def noise(h, w, c, seed):
    s, out = seed, np.empty(h*w*c, np.uint8)
    for i in range(h*w*c):
        s = (s*1664525 + 1013904223) & 0xFFFFFFFF
        out[i] = s >> 24
    return out.reshape(h, w, c)
rgb = Image.fromarray(noise(37, 53, 3, 1))
grey = Image.fromarray(noise(28, 28, 1, 2)[:, :, 0])
for name, f in (('nearest', Image.NEAREST), ('bilinear', Image.BILINEAR), ('bicubic', Image.BICUBIC)):
    for h, w in ((16, 16), (64, 80), (37, 20), (50, 53), (1, 1)):
        rgb.resize((w, h), f).save(O+f'rgb-{name}-{h}x{w}.png')
    grey.resize((32, 32), f).save(O+f'grey-{name}-32x32.png')
    grey.resize((9, 41), f).save(O+f'grey-{name}-41x9.png')
rgb.convert('L').save(O+'rgb-luma.png')
for k in (0.25, 1.6):
    ImageEnhance.Brightness(rgb).enhance(k).save(O+f'rgb-brightness-{k}.png')
    ImageEnhance.Contrast(rgb).enhance(k).save(O+f'rgb-contrast-{k}.png')
    ImageEnhance.Color(rgb).enhance(k).save(O+f'rgb-saturation-{k}.png')
# files in several modes, and what convert('RGB') makes of them
def blob(h, w, c):
    y, x = np.mgrid[0:h, 0:w]
    return np.stack([(127+120*np.sin(x/(3+k)+y/(5+2*k)+k)).astype(np.uint8) for k in range(c)], -1)
def both(name, data):
    open(O+name, 'wb').write(data)
    Image.fromarray(np.array(Image.open(io.BytesIO(data)).convert('RGB'))).save(O+name+'.expected.png')
def enc(im, fmt, **k):
    b = io.BytesIO(); im.save(b, fmt, **k); return b.getvalue()
photo = Image.fromarray(blob(24, 40, 3))
cmyk = enc(Image.fromarray(blob(24, 40, 4), 'CMYK'), 'JPEG', quality=95)
both('cmyk.jpg', cmyk)
at = cmyk.index(b'Adobe') + 11
both('ycck.jpg', cmyk[:at] + b'\x02' + cmyk[at+1:])
jpeg = enc(photo, 'JPEG', quality=90)
both('rgb-420.jpg', jpeg)
full = enc(photo, 'JPEG', quality=90, subsampling=0)
n = 4 + int.from_bytes(full[4:6], 'big')
both('rgb-444-no-jfif.jpg', full[:2] + full[n:])
both('grey.jpg', enc(photo.convert('L'), 'JPEG', quality=90))
from PIL import ImageCms
both('rgb-profile.jpg', enc(photo, 'JPEG', quality=90, icc_profile=ImageCms.ImageCmsProfile(ImageCms.createProfile('LAB')).tobytes()))
exif = Image.Exif(); exif[0x0112] = 6
both('rgb-exif-rotated.jpg', enc(photo, 'JPEG', quality=90, exif=exif))
both('progressive.jpg', enc(photo, 'JPEG', quality=90, progressive=True))
both('palette.png', enc(photo.quantize(11), 'PNG', transparency=3))
both('palette.gif', enc(photo.quantize(60), 'GIF'))
both('rgba.png', enc(Image.fromarray(blob(24, 40, 4), 'RGBA'), 'PNG'))
both('grey-alpha.png', enc(Image.fromarray(blob(24, 40, 2), 'LA'), 'PNG'))
both('one-bit.png', enc(photo.convert('1'), 'PNG'))
both('rgb.bmp', enc(photo, 'BMP'))
both('rgb.tif', enc(photo, 'TIFF', compression='tiff_lzw'))
both('cmyk.tif', enc(Image.fromarray(blob(24, 40, 4), 'CMYK'), 'TIFF'))
both('rgb-lossless.webp', enc(photo, 'WEBP', lossless=True))
import zlib, struct
def png16(a):  # Pillow cannot write RGB with 16 bits
    h, w, c = a.shape
    raw = b''.join(b'\0' + a[y].astype('>u2').tobytes() for y in range(h))
    def chunk(t, d): return struct.pack('>I', len(d)) + t + d + struct.pack('>I', zlib.crc32(t+d))
    return (b'\x89PNG\r\n\x1a\n' + chunk(b'IHDR', struct.pack('>IIBBBBB', w, h, 16, {1: 0, 3: 2}[c], 0, 0, 0))
            + chunk(b'IDAT', zlib.compress(raw)) + chunk(b'IEND', b''))
wide = noise(24, 40, 3, 7).astype(np.uint16)*256 + noise(24, 40, 3, 8)
both('rgb-16-bit.png', png16(wide))
open(O+'grey-16-bit.png', 'wb').write(png16(noise(24, 40, 1, 7).astype(np.uint16)*256 + noise(24, 40, 1, 8)))
