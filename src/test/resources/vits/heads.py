# Makes heads.zip: a ViT of nn.TransformerEncoder with four heads, trained on drawn pictures of five classes, 100
# pictures that it has not seen, and PyTorch's logits of them; and scores.json, its accuracy on these with other
# numbers of heads, whose arrays have the same shapes. PyTorch 2.13, one thread. Run in this folder.
import io, json, zipfile
import numpy as np, torch
from PIL import Image
from torch import nn

DIM, SIZE, PATCH = 32, 16, 4
CLASSES = ['cross', 'disc', 'frame', 'ring', 'stripes']
torch.manual_seed(3)
torch.set_num_threads(1)


class ViT(nn.Module):
    def __init__(self, heads):
        super().__init__()
        tokens = (SIZE // PATCH) ** 2 + 1
        self.patch_embed = nn.Conv2d(3, DIM, PATCH, PATCH)
        self.cls_token = nn.Parameter(torch.randn(1, 1, DIM) * 0.1)
        self.pos_embed = nn.Parameter(torch.randn(1, tokens, DIM) * 0.1)
        layer = nn.TransformerEncoderLayer(DIM, heads, 64, 0.0, batch_first=True)
        self.transformer = nn.TransformerEncoder(layer, 3)
        self.head = nn.Linear(DIM, len(CLASSES))

    def forward(self, x):
        x = self.patch_embed(x).flatten(2).transpose(1, 2)
        x = torch.cat([self.cls_token.expand(len(x), -1, -1), x], 1) + self.pos_embed
        return self.head(self.transformer(x)[:, 0])


def draw(kind, random):
    y, x = np.mgrid[0:SIZE, 0:SIZE].astype(np.float32)
    cy, cx = random.uniform(5, 10, 2)
    r = random.uniform(3.5, 6)
    far, box = np.hypot(y - cy, x - cx), np.maximum(abs(y - cy), abs(x - cx))
    mask = {
        'cross': (np.minimum(abs(y - cy), abs(x - cx)) < 1) & (box < r),
        'disc': far < r * 0.8,
        'frame': (box < r) & (box > r - 1.6),
        'ring': (far < r) & (far > r - 1.6),
        'stripes': (np.floor((y + x) / 2 + cy) % 2 == 0) & (box < r),
    }[kind]
    back, front = random.integers(0, 256, (2, 3))
    picture = np.where(mask[..., None], front, back) + random.normal(0, 18, (SIZE, SIZE, 3))
    return picture.clip(0, 255).astype(np.uint8)


def pictures(count, seed):
    random = np.random.default_rng(seed)
    x = np.stack([draw(kind, random) for kind in CLASSES for _ in range(count)])
    return x, torch.arange(len(CLASSES)).repeat_interleave(count)


def normalised(x):
    return ((torch.from_numpy(x).float() / 255 - 0.5) / 0.5).permute(0, 3, 1, 2).contiguous()


model = ViT(4)
trained, labels = pictures(1200, 1)
trained = normalised(trained)
EPOCHS = 30
optimizer = torch.optim.AdamW(model.parameters(), 2e-3, weight_decay=0.01)
steps = EPOCHS * len(trained) // 100
schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, 3e-3, steps)
for epoch in range(EPOCHS):
    for batch in torch.randperm(len(trained)).split(100):
        loss = nn.functional.cross_entropy(model(trained[batch]), labels[batch])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        schedule.step()
    if epoch % 5 == 4:
        print(epoch, loss.item(), flush=True)

shown, targets = pictures(20, 2)
scores, entries = {}, {}
for heads in (1, 2, 4, 8):
    other = ViT(heads).eval()
    other.load_state_dict(model.state_dict())
    with torch.no_grad():
        y = other(normalised(shown))
    scores[heads] = (y.argmax(1) == targets).float().mean().item()
    if heads == 4:
        logits = y
print(scores)
data = io.BytesIO()
torch.save(model.state_dict(), data)
entries['vit.pth'] = data.getvalue()
data = io.BytesIO()
np.save(data, logits.numpy())
entries['logits.npy'] = data.getvalue()
entries['scores.json'] = json.dumps(scores).encode()
for i, picture in enumerate(shown):
    data = io.BytesIO()
    Image.fromarray(picture).save(data, 'PNG')
    entries[f'test/{CLASSES[targets[i]]}/{i:03}.png'] = data.getvalue()
with zipfile.ZipFile('heads.zip', 'w', zipfile.ZIP_DEFLATED) as archive:
    for name in sorted(entries):
        archive.writestr(zipfile.ZipInfo(name, (2026, 1, 1, 0, 0, 0)), entries[name], zipfile.ZIP_DEFLATED)
