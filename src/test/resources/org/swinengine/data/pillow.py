# Makes pillow.zip: small files of every kind, each with the pixels that Pillow 12.3 gives as RGB.
# Run in this folder: python pillow.py [FILE...]
import io, os, sys, zipfile, struct, zlib, itertools, numpy as np
from PIL import Image, ImageFile
entries={}; pixels={}
def blob(h,w,c):
    y,x=np.mgrid[0:h,0:w]
    return np.stack([(127+120*np.sin(x/(3+k)+y/(5+2*k)+k)).astype(np.uint8) for k in range(c)],-1)
def enc(im,fmt,**k):
    b=io.BytesIO(); im.save(b,fmt,**k); return b.getvalue()
def put(name,data):
    with Image.open(io.BytesIO(data)) as i:
        i.load(); a=np.array(i.convert('RGB'))
    entries[name]=data; pixels[name]=a
photo=Image.fromarray(blob(19,17,3)); rgba=Image.fromarray(blob(19,17,4),'RGBA'); L=photo.convert('L')
# jpeg
for q in (50,75,95):
  for ss in ('4:4:4','4:2:2','4:2:0'):
    for prog in (0,1):
      put(f'jpg_{q}_{ss.replace(":","")}_{prog}.jpg',enc(photo,'JPEG',quality=q,subsampling=ss,progressive=bool(prog)))
for (h,w) in ((1,1),(8,8),(7,9),(16,17),(33,15)):
  put(f'jpg_size_{h}x{w}.jpg',enc(Image.fromarray(blob(h,w,3)),'JPEG',quality=80))
put('jpg_grey.jpg',enc(L,'JPEG')); put('jpg_grey_prog.jpg',enc(L,'JPEG',progressive=True))
cm=enc(Image.fromarray(blob(19,17,4),'CMYK'),'JPEG',quality=90); put('jpg_cmyk.jpg',cm)
at=cm.index(b'Adobe')+11
for t in (1,2): put(f'jpg_cmyk_t{t}.jpg',cm[:at]+bytes([t])+cm[at+1:])
n=cm.index(b'Adobe')-4; put('jpg_cmyk_noadobe.jpg',cm[:n]+cm[n+16:])
put('jpg_cmyk_prog.jpg',enc(Image.fromarray(blob(19,17,4),'CMYK'),'JPEG',quality=90,progressive=True))
put('jpg_restart.jpg',enc(photo,'JPEG',restart_marker_blocks=2))
put('jpg_opt.jpg',enc(photo,'JPEG',optimize=True))
put('jpg_comment.jpg',enc(photo,'JPEG',comment=b'hello'))
base=enc(photo,'JPEG',quality=90,subsampling=0)
n=4+int.from_bytes(base[4:6],'big'); jfif=base[2:n]; rest=base[n:]
def ids(data,new):
    d=bytearray(data); i=d.index(b'\xff\xc0'); 
    for k in range(3): d[i+10+3*k]=new[k]
    i=d.index(b'\xff\xda')
    for k in range(3): d[i+5+2*k]=new[k]
    return bytes(d)
def adobe(t): return b'\xff\xee\x00\x0eAdobe\x00\x64\x00\x00\x00\x00'+bytes([t])
for j,t,i in itertools.product((0,1),(-1,0,1,2),((1,2,3),(82,71,66),(0,1,2),(5,6,7),(1,0,2))):
    d=b'\xff\xd8'+(jfif if j else b'')+(adobe(t) if t>=0 else b'')+ids(rest,i)
    put(f'jpg_j{j}_a{t}_i{"-".join(map(str,i))}.jpg',d)
# adobe before jfif
put('jpg_adobe0_then_jfif.jpg',b'\xff\xd8'+adobe(0)+jfif+rest)
# odd samplings, patched from raw encoders: 440, 411 via patched factor is not possible by Pillow: use subsampling ints
try:
  for name in ('4:4:0','4:1:1'): put('jpg_'+name.replace(':','')+'.jpg',enc(photo,'JPEG',subsampling=name))
except Exception as e: print('no',e)
try: put('jpg_keep_rgb.jpg',enc(photo,'JPEG',keep_rgb=True))
except Exception as e: print(e)
put('jpg_trailing.jpg',base+b'garbage'*10)
put('jpg_mpo.jpg',enc(photo,'MPO'))
# gif
pal=photo.quantize(60)
put('gif_87.gif',enc(pal,'GIF')); put('gif_inter.gif',enc(pal,'GIF',interlace=1)); put('gif_noint.gif',enc(pal,'GIF',interlace=0))
put('gif_trans.gif',enc(pal,'GIF',transparency=3)); put('gif_L.gif',enc(L,'GIF')); put('gif_1.gif',enc(photo.convert('1'),'GIF'))
put('gif_anim.gif',enc(pal,'GIF',save_all=True,append_images=[Image.fromarray(blob(19,17,3)[::-1]).quantize(20)]))
g=enc(pal,'GIF',interlace=0)
for W,H,X,Y,bg,tr in ((40,30,5,6,0,None),(40,30,5,6,7,None),(40,30,5,6,7,3),(40,30,0,0,7,None),(20,10,0,0,0,None),(20,10,5,5,0,None),(40,30,5,6,200,3),(40,30,20,20,2,None)):
    d=bytearray(enc(pal,'GIF',interlace=0,**({'transparency':tr} if tr is not None else {})))
    d[6:10]=struct.pack('<HH',W,H); d[11]=bg
    i=13+3*(2<<(d[10]&7))
    while d[i]==0x21:
        i+=2
        while d[i]: i+=d[i]+1
        i+=1
    assert d[i]==0x2c
    d[i+1:i+5]=struct.pack('<HH',X,Y)
    put(f'gif_sub_{W}x{H}+{X}+{Y}_bg{bg}_t{tr}.gif',bytes(d))
# files that others made
for f in sys.argv[1:]: put(os.path.basename(f),open(f,'rb').read())
# png
def chunk(t,d): return struct.pack('>I',len(d))+t+d+struct.pack('>I',zlib.crc32(t+d))
def png(w,h,bd,ct,rows,inter=0,extra=b''):
    return b'\x89PNG\r\n\x1a\n'+chunk(b'IHDR',struct.pack('>IIBBBBB',w,h,bd,ct,0,0,inter))+extra+chunk(b'IDAT',zlib.compress(b''.join(b'\0'+r for r in rows)))+chunk(b'IEND',b'')
rng=np.random.default_rng(1)
def pack(vals,bd):
    if bd==16: return vals.astype('>u2').tobytes()
    if bd==8: return vals.astype(np.uint8).tobytes()
    bits=((vals[:,None]>>np.arange(bd-1,-1,-1))&1).astype(np.uint8).ravel()
    return np.packbits(bits).tobytes()
W,H=21,13
for ct,ch,bds in ((0,1,(1,2,4,8)),(2,3,(8,16)),(3,1,(1,2,4,8)),(4,2,(8,16)),(6,4,(8,16))):
  for bd in bds:
    v=rng.integers(0,1<<bd,(H,W*ch))
    ex=b''
    if ct==3: ex=chunk(b'PLTE',bytes(rng.integers(0,256,3<<bd).astype(np.uint8)))
    put(f'png_{ct}_{bd}.png',png(W,H,bd,ct,[pack(r,bd) for r in v],extra=ex))
    if ct in(0,2): 
        t=chunk(b'tRNS',struct.pack('>H',int(v[0,0]))*ch); put(f'png_{ct}_{bd}_trns.png',png(W,H,bd,ct,[pack(r,bd) for r in v],extra=ex+t))
    if ct==3:
        put(f'png_{ct}_{bd}_trns.png',png(W,H,bd,ct,[pack(r,bd) for r in v],extra=ex+chunk(b'tRNS',b'\x00\x80')))
        for gg in range(1):
            gp=np.repeat(rng.integers(0,256,1<<bd).astype(np.uint8),3).tobytes()
            put(f'png_{ct}_{bd}_greypal.png',png(W,H,bd,ct,[pack(r,bd) for r in v],extra=chunk(b'PLTE',gp)))
    # adam7
    rows=[]; a=v.reshape(H,W,ch)
    for (x0,y0,dx,dy) in ((0,0,8,8),(4,0,8,8),(0,4,4,8),(2,0,4,4),(0,2,2,4),(1,0,2,2),(0,1,1,2)):
        s=a[y0::dy,x0::dx]
        if s.size: rows+= [pack(r.ravel(),bd) for r in s]
    put(f'png_{ct}_{bd}_adam7.png',png(W,H,bd,ct,rows,1,ex))
for bd in (1,2,4,8):
  for n in (1,2,3,4,5,15,16,17,100):
    if n<=1<<bd: put(f'png_short_{bd}_{n}.png',png(W,H,bd,3,[pack(r,bd) for r in rng.integers(0,1<<bd,(H,W))],extra=chunk(b'PLTE',rng.integers(1,256,3*n).astype(np.uint8).tobytes())))
put('png_gamma.png',png(W,H,8,2,[pack(r,8) for r in rng.integers(0,256,(H,W*3))],extra=chunk(b'gAMA',struct.pack('>I',100000))))
put('png_sbit.png',png(W,H,8,2,[pack(r,8) for r in rng.integers(0,256,(H,W*3))],extra=chunk(b'sBIT',b'\x05\x05\x05')))
put('png_bkgd.png',png(W,H,8,6,[pack(r,8) for r in rng.integers(0,256,(H,W*4))],extra=chunk(b'bKGD',b'\0\5\0\5\0\5')))
try: put('apng.png',enc(photo,'PNG',save_all=True,append_images=[photo.rotate(90)]))
except Exception as e: print(e)
from PIL import ImageCms
srgb=ImageCms.ImageCmsProfile(ImageCms.createProfile('sRGB')).tobytes()
lab=ImageCms.ImageCmsProfile(ImageCms.createProfile('LAB')).tobytes()
# non-sRGB RGB profile: patch gamma? use XYZ
xyz=ImageCms.ImageCmsProfile(ImageCms.createProfile('XYZ')).tobytes()
swapped=bytearray(srgb); i=swapped.index(b'rXYZ'); j=swapped.index(b'gXYZ'); swapped[i:i+4],swapped[j:j+4]=b'gXYZ',b'rXYZ'; swapped=bytes(swapped)
for fmt,ext in (('PNG','png'),('JPEG','jpg'),('WEBP','webp'),('TIFF','tif')):
  for nm,p in (('srgb',srgb),('lab',lab),('xyz',xyz),('swapped',swapped),('junk',b'notaprofile')):
    put(f'icc_{nm}.{ext}',enc(photo,fmt,icc_profile=p,**({'lossless':True} if ext=='webp' else {})))
  put(f'icc_grey.{ext}',enc(L,fmt,icc_profile=swapped,**({'lossless':True} if ext=='webp' else {})))
put('icc_cmyk.tif',enc(Image.fromarray(blob(19,17,4),'CMYK'),'TIFF',icc_profile=swapped))
# tiff
for comp in (None,'tiff_lzw','tiff_deflate','tiff_adobe_deflate','packbits','jpeg','group3','group4','tiff_ccitt'):
  for m,im in (('rgb',photo),('rgba',rgba),('L',L),('1',photo.convert('1')),('P',pal),('cmyk',Image.fromarray(blob(19,17,4),'CMYK')),('LA',Image.fromarray(blob(19,17,2),'LA')),('lab',None),('ycc',photo.convert('YCbCr'))):
    if im is None or (comp=='jpeg' and m not in ('rgb','L')) or (comp in ('group3','group4','tiff_ccitt') and m!='1'): continue
    try: put(f'tif_{m}_{comp}.tif',enc(im,'TIFF',compression=comp))
    except Exception as e: pass
for o in range(1,9):
    put(f'tif_or{o}.tif',enc(photo,'TIFF',tiffinfo={274:o}))
    put(f'tif_orL{o}.tif',enc(L,'TIFF',tiffinfo={274:o}))
    put(f'tif_orP{o}.tif',enc(pal,'TIFF',tiffinfo={274:o}))
    e=Image.Exif(); e[274]=o
    for f,x in (('JPEG','jpg'),('PNG','png'),('WEBP','webp')): put(f'or{o}.{x}',enc(photo,f,exif=e,**({'lossless':True} if x=='webp' else {})))
wide=(blob(19,17,1)[:,:,0].astype(np.uint16)*257)
put('tif_multi.tif',enc(photo,'TIFF',save_all=True,append_images=[photo.rotate(90)]))
put('tif_big.tif',enc(photo,'TIFF',big_tiff=True))
put('tif_miniswhite.tif',enc(L,'TIFF',tiffinfo={262:0})); 
put('tif_strips.tif',enc(photo,'TIFF',strip_size=17*3*5))
# webp
for q in (30,75,95,100):
  for m in (0,4,6): put(f'webp_q{q}_m{m}.webp',enc(photo,'WEBP',quality=q,method=m))
put('webp_alpha.webp',enc(rgba,'WEBP',quality=80)); put('webp_alpha_ll.webp',enc(rgba,'WEBP',lossless=True,exact=True)); put('webp_alpha_ll2.webp',enc(rgba,'WEBP',lossless=True))
put('webp_L.webp',enc(L,'WEBP',quality=80)); 
put('webp_P.webp',enc(pal,'WEBP',lossless=True))
put('webp_alphaq.webp',enc(rgba,'WEBP',quality=80,alpha_quality=30))
for (h,w) in ((1,1),(2,2),(3,5),(15,17),(16,16),(33,64)): put(f'webp_size_{h}x{w}.webp',enc(Image.fromarray(blob(h,w,3)),'WEBP',quality=80))
put('webp_anim.webp',enc(photo,'WEBP',save_all=True,append_images=[photo.rotate(90)],quality=80))
put('webp_anim_alpha.webp',enc(rgba,'WEBP',save_all=True,append_images=[rgba.rotate(90)],lossless=True))
big=Image.fromarray(blob(70,90,3)); 
for q in (10,40,75,90): put(f'webp_big_q{q}.webp',enc(big,'WEBP',quality=q))
nz=Image.fromarray(rng.integers(0,256,(40,50,3)).astype(np.uint8)); put('webp_noise.webp',enc(nz,'WEBP',quality=75)); put('webp_noise_q1.webp',enc(nz,'WEBP',quality=1))
# bmp, ppm
for m,im in (('rgb',photo),('L',L),('1',photo.convert('1')),('P',pal),('rgba',rgba)): put(f'bmp_{m}.bmp',enc(im,'BMP'))
put('bmp_topdown.bmp',(lambda d: d[:22]+struct.pack('<i',-19)+d[26:])(enc(photo,'BMP')))
for m,im in (('rgb',photo),('L',L),('1',photo.convert('1'))):
    try: put(f'ppm_{m}.ppm',enc(im,'PPM'))
    except Exception as e: print(e)
put('ppm_p2.pgm',b'P2\n# hi\n3 2\n15\n0 1 2\n13 14 15\n'); put('ppm_p3.ppm',b'P3 2 1 255 1 2 3 255 254 253\n'); put('ppm_p1.pbm',b'P1\n5 2\n10101\n0 1 0 1 0\n')
put('ppm_max100.pgm',b'P5 4 2 100\n'+bytes([0,1,2,50,99,100,33,66])); put('ppm_rgb16.ppm',b'P6 2 1 65535\n'+bytes([1,2,3,4,5,6,255,254,253,252,251,250]))

# one file of all names, sizes and lengths, one of all files, one of all pixels: they have much in common
names=sorted(entries)
index='\n'.join(f'{n} {len(entries[n])} {pixels[n].shape[1]} {pixels[n].shape[0]}' for n in names)
with zipfile.ZipFile('pillow.zip','w') as z:
    for name,data in (('index',index.encode()),('files',b''.join(entries[n] for n in names)),('pixels',b''.join(pixels[n].tobytes() for n in names))):
        z.writestr(zipfile.ZipInfo(name,(1980,1,1,0,0,0)),data,zipfile.ZIP_DEFLATED,9)
