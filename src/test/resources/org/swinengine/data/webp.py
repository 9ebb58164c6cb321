# Makes webp.zip: lossy WebP files of every setting of libwebp's encoder, each with the CRC-32 of the pixels
# that Pillow 12.3 gives as RGB. The encoder is the one that Pillow brings, called directly: Pillow itself sets
# quality, method and alpha only. Run in this folder: python webp.py
# For a longer comparison: python webp.py COUNT FOLDER writes COUNT files of settings drawn at random.
import ctypes as c, glob, io, os, struct, sys, zipfile, zlib
import numpy as np, PIL
from PIL import Image
lib=c.CDLL(glob.glob(os.path.join(os.path.dirname(PIL.__file__),'..','pillow.libs','libwebp-*.so*'))[0])
ABI=0x020f
class Config(c.Structure):
    _fields_=[('lossless',c.c_int),('quality',c.c_float),('method',c.c_int),('image_hint',c.c_int),('target_size',c.c_int),('target_PSNR',c.c_float)]+[(n,c.c_int) for n in 'segments sns_strength filter_strength filter_sharpness filter_type autofilter alpha_compression alpha_filtering alpha_quality passes show_compressed preprocessing partitions partition_limit emulate_jpeg_size thread_level low_memory near_lossless exact use_delta_palette use_sharp_yuv qmin qmax'.split()]
class Picture(c.Structure):
    _fields_=[('use_argb',c.c_int),('colorspace',c.c_int),('width',c.c_int),('height',c.c_int),('y',c.c_void_p),('u',c.c_void_p),('v',c.c_void_p),('y_stride',c.c_int),('uv_stride',c.c_int),('a',c.c_void_p),('a_stride',c.c_int),('pad1',c.c_uint32*2),('argb',c.c_void_p),('argb_stride',c.c_int),('pad2',c.c_uint32*3),('writer',c.c_void_p),('custom_ptr',c.c_void_p),('rest',c.c_uint8*256)]
class Writer(c.Structure):
    _fields_=[('mem',c.c_void_p),('size',c.c_size_t),('max_size',c.c_size_t),('pad',c.c_uint32)]
def encode(pixels,quality=75,**settings):
    h,w,ch=pixels.shape; pixels=np.ascontiguousarray(pixels)
    cfg=Config(); pic=Picture(); out=Writer()
    assert lib.WebPConfigInitInternal(c.byref(cfg),0,c.c_float(quality),ABI) and lib.WebPPictureInitInternal(c.byref(pic),ABI)
    for k,v in settings.items(): setattr(cfg,k,v)
    assert lib.WebPValidateConfig(c.byref(cfg)),settings
    pic.width,pic.height=w,h
    imp=lib.WebPPictureImportRGBA if ch==4 else lib.WebPPictureImportRGB
    pic.use_argb=settings.get('use_sharp_yuv',0)
    assert imp(c.byref(pic),pixels.ctypes.data_as(c.c_void_p),ch*w)
    lib.WebPMemoryWriterInit(c.byref(out))
    pic.writer=c.cast(lib.WebPMemoryWrite,c.c_void_p); pic.custom_ptr=c.cast(c.byref(out),c.c_void_p)
    assert lib.WebPEncode(c.byref(cfg),c.byref(pic)),settings
    data=c.string_at(out.mem,out.size); lib.WebPMemoryWriterClear(c.byref(out)); lib.WebPPictureFree(c.byref(pic))
    return data
def picture(h,w,channels=3,seed=0,kind=0):
    r=np.random.default_rng([seed,h,w]); y,x=np.mgrid[0:h,0:w]
    a=np.stack([127+120*np.sin(x/(3+k)+y/(5+2*k)+k+seed) for k in range(channels)],-1)
    if kind==1: a=r.integers(0,256,a.shape)
    if kind==2: # smooth, with edges, a textured part and a flat one
        a=np.stack([255*(x+k*y)/(w+k*h) for k in range(channels)],-1)
        a[(x//9+y//7)%5==0]=r.integers(0,256,channels); a[:h//3,:w//3]+=r.normal(0,30,a[:h//3,:w//3].shape); a[h//2:h//2+h//5,w//4:w//2]=128
    return np.clip(a,0,255).astype(np.uint8)
def save(pixels,**k):
    b=io.BytesIO(); Image.fromarray(pixels).save(b,'WEBP',**k); return b.getvalue()
def crc(data):
    with Image.open(io.BytesIO(data)) as i: a=np.array(i.convert('RGB'))
    return a.shape[1],a.shape[0],zlib.crc32(a.tobytes())
def random_settings(r):
    s=dict(quality=float(r.integers(0,101)),method=int(r.integers(0,7)),segments=int(r.integers(1,5)),sns_strength=int(r.integers(0,101)),filter_strength=int(r.integers(0,101)),filter_sharpness=int(r.integers(0,8)),filter_type=int(r.integers(0,2)),autofilter=int(r.integers(0,2)),partitions=int(r.integers(0,4)),partition_limit=int(r.choice([0,0,50,100])),preprocessing=int(r.integers(0,3)),passes=int(r.integers(1,4)),use_sharp_yuv=int(r.integers(0,2)))
    return s
# A frame of what libwebp's encoder never writes: relative segments, filter deltas of modes, all quantiser deltas,
# no skipping, any probabilities. (Numbers may overflow, where libwebp's C and vector code differ; in none of these.) Its header is as drawn, its macroblocks are what random bytes mean.
class Bits:
    def __init__(self): self.low=0; self.range=255; self.count=0
    def bit(self,b,p=128):
        split=1+((self.range-1)*p>>8)
        if b: self.low+=split; self.range-=split
        else: self.range=split
        while self.range<128: self.range*=2; self.low*=2; self.count+=1
    def number(self,v,n):
        for i in reversed(range(n)): self.bit(v>>i&1)
    def optional(self,v,n):
        self.bit(v!=0)
        if v: self.number(abs(v),n); self.bit(v<0)
    def bytes(self):
        # The number has 8 bits and one for each doubling; its lowest bits may be anything below the range.
        n=self.count+8; pad=-n%8
        return (self.low<<pad).to_bytes((n+pad)//8,'big')
def drawn(h,w,r,updates):
    b=Bits(); b.number(0,2); seg=int(r.integers(0,2)); b.bit(seg)
    if seg:
        mapped=int(r.integers(0,4)>0); b.bit(mapped); b.bit(1); b.bit(int(r.integers(0,2)))
        for _ in range(4): b.optional(int(r.integers(-20,21)),7)
        for _ in range(4): b.optional(int(r.integers(-40,41)),6)
        if mapped:
            for _ in range(3):
                given=int(r.integers(0,2)); b.bit(given)
                if given: b.number(int(r.integers(0,256)),8)
    b.bit(int(r.integers(0,2))); b.number(int(r.integers(0,64)),6); b.number(int(r.integers(0,8)),3)
    d=int(r.integers(0,2)); b.bit(d)
    if d:
        b.bit(1)
        for _ in range(8): b.optional(int(r.integers(-30,31)),6)
    parts=int(r.integers(0,4)); b.number(parts,2); b.number(int(r.integers(0,50)),7)
    for _ in range(5): b.optional(int(r.integers(-15,16)),4)
    b.bit(int(r.integers(0,2)))
    for p in updates:
        given=int(r.integers(0,256)>=p and r.integers(0,2)); b.bit(given,p)
        if given: b.number(int(r.integers(1,256)),8)
    skip=int(r.integers(0,2)); b.bit(skip)
    if skip: b.number(int(r.integers(1,256)),8)
    blocks=((w+15)//16)*((h+15)//16)
    first=b.bytes()+r.bytes(20+24*blocks); tokens=[r.bytes(400*(((w+15)//16)*(((h+15)//16)//(1<<parts)+1))) for _ in range(1<<parts)]
    frame=(len(first)<<5|1<<4|int(r.integers(0,4))<<1).to_bytes(3,'little')+b'\x9d\x01\x2a'+struct.pack('<HH',w,h)+first
    frame+=b''.join(len(t).to_bytes(3,'little') for t in tokens[:-1])+b''.join(tokens)
    frame+=b'\0'*(len(frame)&1)
    return b'RIFF'+struct.pack('<I',12+len(frame))+b'WEBPVP8 '+struct.pack('<I',len(frame))+frame
# How likely each probability is changed (RFC 6386, section 13.4).
UPDATES=[int(v) for word in '''
255*33 176 246 255*9 223 241 252 255*8 249 253 253 255*9 244 252 255*8 234 254 254 255*8 253 255*11
246 254 255*8 239 253 254 255*8 254 255 254 255*9 248 254 255*8 251 255 254 255*20 253 254 255*8 251
254 254 255*8 254 255 254 255*9 254 253 255 254 255*6 250 255 254 255 254 255*6 254 255*43 217
255*10 225 252 241 253 255 255 254 255*4 234 250 241 250 253 255 253 254 255*4 254 255*9 223 254 254
255*8 238 253 254 254 255*8 248 254 255*8 249 254 255*21 253 255*9 247 254 255*21 253 254 255*8 252
255*22 254 254 255*8 253 255*22 254 253 255*8 250 255*10 254 255*43 186 251 250 255*8 234 251 244
254 255*7 251 251 243 253 254 255 254 255*5 253 254 255*8 236 253 254 255*8 251 253 253 254 254
255*7 254 254 255*8 254*3 255*20 254 255*9 254 254 255*9 254 255*21 254 255*120 248 255*10 250 254
252 254 255*7 248 254 249 253 255*8 253 253 255*8 246 253 253 255*8 252 254 251 254 254 255*7 254
252 255*8 248 254 253 255*8 253 255 254 254 255*8 251 254 255*8 245 251 254 255*8 253 253 254 255*9
251 253 255*8 252 253 254 255*9 254 255*10 252 255*9 249 255 254 255*10 254 255*10 253 255*8 250
255*32 254 255*21
'''.split() for v in [word.split('*')[0]]*int((word+'*1').split('*')[1])]
if len(sys.argv)>1:
    r=np.random.default_rng(1)
    index=[]
    for n in range(int(sys.argv[1])):
        h,w=(int(v) for v in (r.integers(1,40,2) if n%4 else r.integers(1,300,2)))
        data=encode(picture(h,w,3+(n%7==0),n,int(r.integers(0,3))),**random_settings(r)) if n%3 else drawn(h%50+1,w%50+1,r,UPDATES)
        open(f'{sys.argv[2]}/{n}.webp','wb').write(data); index.append('%d.webp %d %d %d %d'%(n,len(data),*crc(data)))
    open(f'{sys.argv[2]}/index','w').write('\n'.join(index)); sys.exit()
files={}
for h in (1,2,3,8,15,16,17,18,31,33):
    for w in (1,2,5,15,16,17,32,33): files[f'size_{w}x{h}']=encode(picture(h,w),80)
for q in range(0,101,5): files[f'quality_{q}']=encode(picture(45,61,kind=2),q)
for m in range(7):
    for q in (10,60,95): files[f'method_{m}_{q}']=encode(picture(50,37,kind=2,seed=m),q,method=m)
for t in (0,1):
    for s in range(8):
        for f in (0,5,25,60,100): files[f'filter_{"normal" if t else "simple"}_sharp{s}_{f}']=encode(picture(34,50,kind=(s+f)%3,seed=s),30+9*s,filter_type=t,filter_sharpness=s,filter_strength=f)
    for a in (0,1): files[f'autofilter_{t}_{a}']=encode(picture(50,50,kind=2),50,filter_type=t,autofilter=1,filter_sharpness=5*a)
for n in range(1,5):
    for sns in (0,50,100): files[f'segments_{n}_{sns}']=encode(picture(80,100,kind=2,seed=n),20+20*n,segments=n,sns_strength=sns)
for p in range(4):
    for h in (16,40,150): files[f'partitions_{1<<p}_{h}']=encode(picture(h,70,kind=2),60,partitions=p)
for l in (0,50,100): files[f'limit_{l}']=encode(picture(60,60,kind=1),70,partition_limit=l)
for p in (1,2,3): files[f'preprocessing_{p}']=encode(picture(60,60,kind=2),70,preprocessing=p)
for q in (0,50,100): files[f'noise_{q}']=encode(picture(40,40,kind=1),q); files[f'sharp_{q}']=encode(picture(40,41,kind=2),q,use_sharp_yuv=1); files[f'black_{q}']=encode(picture(20,20)*0,q); files[f'white_{q}']=encode(picture(20,20)*0+255,q)
checks=np.indices((41,43)).sum(0)%2*255; stripes=np.zeros((41,43,3),np.uint8); stripes[:,::3,0]=255; stripes[::2,:,2]=255
for q in (20,80,100): files[f'checks_{q}']=encode(np.stack([checks]*3,-1).astype(np.uint8),q); files[f'stripes_{q}']=encode(stripes,q)
for q in (1,50,100):
    for aq in (0,60,100): files[f'alpha_{q}_{aq}']=encode(picture(33,29,4,kind=aq//50),q,alpha_quality=aq)
    files[f'alpha_exact_{q}']=save(picture(33,29,4),quality=q,exact=True)
    files[f'grey_{q}']=save(picture(21,23,1)[:,:,0],quality=q)
for h,w in ((1,300),(300,1),(2,700),(200,3)): files[f'thin_{w}x{h}']=encode(picture(h,w,kind=2),70)
for q,kind in ((3,0),(25,2),(70,0)): files[f'large_{q}']=encode(picture(601,803,kind=kind),q,partitions=q%4)
frames=[Image.fromarray(picture(40,50,4,seed=s)) for s in range(3)]
for n,k in dict(anim={},anim_mixed=dict(allow_mixed=True),anim_min=dict(minimize_size=True),anim_alpha=dict(alpha_quality=40)).items():
    b=io.BytesIO(); frames[0].convert('RGBA' if 'alpha' in n else 'RGB').save(b,'WEBP',save_all=True,append_images=[f.convert('RGBA' if 'alpha' in n else 'RGB') for f in frames[1:]],quality=60,**k); files[n]=b.getvalue()
# A first frame that covers a part of its canvas.
def chunk(name,data): return name+struct.pack('<I',len(data))+data+b'\0'*(len(data)&1)
def u24(v): return struct.pack('<I',v)[:3]
for x,y,w,h in ((0,0,60,50),(6,10,60,50),(20,0,40,17)):
    body=encode(picture(17,19),60)[12:]
    data=chunk(b'VP8X',bytes([2,0,0,0])+u24(w-1)+u24(h-1))+chunk(b'ANIM',bytes([255,255,255,255,0,0]))+chunk(b'ANMF',u24(x//2)+u24(y//2)+u24(18)+u24(16)+u24(100)+b'\0'+body)*2
    files[f'placed_{x}_{y}']=b'RIFF'+struct.pack('<I',4+len(data))+b'WEBP'+data
r=np.random.default_rng(5)
for n in range(60): files[f'random_{n}']=encode(picture(*(int(v) for v in r.integers(1,70,2)),seed=n,kind=n%3),**random_settings(r))
for n in range(24): files[f'drawn_{n}']=drawn(*(int(v) for v in r.integers(1,33,2)),r,UPDATES)
names=sorted(files)
index='\n'.join('%s.webp %d %d %d %d'%(n,len(files[n]),*crc(files[n])) for n in names)
with zipfile.ZipFile('webp.zip','w') as z:
    for name,data in (('index',index.encode()),('files',b''.join(files[n] for n in names))):
        z.writestr(zipfile.ZipInfo(name,(1980,1,1,0,0,0)),data,zipfile.ZIP_DEFLATED,9)
print(len(names),'files')
