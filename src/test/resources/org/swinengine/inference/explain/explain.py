# Makes explain.safetensors in this folder, by PyTorch and timm 1.0.29, from the models in fixtures/: of the
# first image of each, timm's forward_features, Grad-CAM of a class and attention rollout.
# Run it in this folder.
import os
import numpy as np, timm, torch, yaml
from safetensors.torch import load_file, save_file
from timm.models.swin_transformer import SwinTransformer, window_partition
from timm.models.swin_transformer_v2 import SwinTransformerV2
from timm.models.vision_transformer import VisionTransformer
from timm.models.deit import VisionTransformerDistilled

FIXTURES = '../../../../fixtures/'
CLASS = 3
NAMES = ['timm_swin_padded', 'timm_swin_cropped', 'timm_swin_s3', 'timm_swinv2', 'timm_swinv2_padded',
         'timm_vit', 'timm_vit_registers_avg', 'timm_deit_distilled', 'timm_deit3']


def build(name):
    said = yaml.safe_load(open(FIXTURES + name + '/model.yaml'))
    m, size = said['MODEL'], said['DATA']['IMG_SIZE']
    size = tuple(size) if isinstance(size, list) else (size, size)
    usual = dict(img_size=size, num_classes=m['NUM_CLASSES'])
    if m['TYPE'] in ('swin', 'swinv2'):
        s = m[m['TYPE'].upper()]
        usual.update(patch_size=s.get('PATCH_SIZE', 4), embed_dim=s['EMBED_DIM'], depths=s['DEPTHS'],
                     num_heads=s['NUM_HEADS'], window_size=s.get('WINDOW_SIZES') or s['WINDOW_SIZE'],
                     mlp_ratio=s.get('MLP_RATIO', 4.0), drop_path_rate=0.0)
        if m['TYPE'] == 'swinv2':
            usual['pretrained_window_sizes'] = s.get('PRETRAINED_WINDOW_SIZES', [0] * len(s['DEPTHS']))
            usual['strict_img_size'] = False  # without it windows that need padding are refused
        model = (SwinTransformer if m['TYPE'] == 'swin' else SwinTransformerV2)(**usual)
    else:
        v = m['VIT']
        usual.update(patch_size=v['PATCH_SIZE'], embed_dim=v['EMBED_DIM'], depth=v['DEPTH'],
                     num_heads=v['NUM_HEADS'], mlp_ratio=v.get('MLP_RATIO', 4.0),
                     global_pool=v.get('POOL', 'token'), reg_tokens=v.get('REG_TOKENS', 0),
                     no_embed_class=v.get('NO_EMBED_CLASS', False), init_values=v.get('INIT_VALUES'))
        if v.get('DISTILLED'):
            usual.pop('reg_tokens'), usual.pop('global_pool')
            model = VisionTransformerDistilled(global_pool='token', **usual)
        else:
            model = VisionTransformer(**usual)
    weights = load_file(FIXTURES + name + '/weights.safetensors')
    missing, unexpected = model.load_state_dict(weights, strict=False)
    assert not unexpected and all('relative' in k or 'mask' in k for k in missing), (missing, unexpected)
    return model.double().eval(), isinstance(model, (SwinTransformer, SwinTransformerV2))


def grad_cam(model, swin, image):
    """Selvaraju et al. 2017, equations 1 and 2, on the normalised last map (Swin) or on what the last block's
    attention reads (ViT)."""
    layer = model.norm if swin else model.blocks[-1].norm1
    kept = {}

    def keep(module, inputs, output):
        kept['a'] = output
        output.retain_grad()

    hook = layer.register_forward_hook(keep)
    logits = model(image)
    logits[0, CLASS].backward()
    hook.remove()
    a, g = kept['a'][0].detach(), kept['a'].grad[0]
    if not swin:
        skip, (rows, columns) = model.num_prefix_tokens, model.patch_embed.grid_size
        a, g = (t[skip:].reshape(rows, columns, -1) for t in (a, g))
    return torch.relu((a * g.mean((0, 1))).sum(-1))


def windows(block, rows, columns):
    """Which token stands where in each window; -1 is padding."""
    index = torch.arange(1, rows * columns + 1).view(1, rows, columns, 1)
    index = torch.roll(index, tuple(-s for s in block.shift_size), (1, 2))
    high, wide = (-rows) % block.window_size[0], (-columns) % block.window_size[1]
    index = torch.nn.functional.pad(index, (0, 0, 0, wide, 0, high))
    return window_partition(index, block.window_size).squeeze(-1).flatten(1) - 1


def rollout(model, swin, image):
    """Abnar & Zuidema 2020, section 3: the product of 0.5 A + 0.5 I, A the mean over the heads; patch merging
    takes each of its tokens evenly, padding takes no part."""
    seen = []
    blocks = [b for stage in model.layers for b in stage.blocks] if swin else list(model.blocks)
    hooks = []
    for block in blocks:
        block.attn.fused_attn = False
        hooks.append(block.attn.attn_drop.register_forward_pre_hook(
            lambda module, inputs: seen.append(inputs[0].detach().mean(1))))
    with torch.no_grad():
        model(image)
    for hook in hooks:
        hook.remove()
    if not swin:
        total = torch.eye(seen[0].shape[-1], dtype=torch.double)
        for a in seen:
            total = (0.5 * a[0] + 0.5 * torch.eye(a.shape[-1])) @ total
        skip = model.num_prefix_tokens
        if getattr(model, 'head_dist', None) is not None:
            row = (total[0] + total[1]) / 2
        elif model.global_pool == 'avg':
            row = total[skip:].mean(0)
        else:
            row = total[0]
        return row[skip:].reshape(model.patch_embed.grid_size)
    rows, columns = model.patch_embed.grid_size
    first = (rows, columns)
    total, at = torch.eye(rows * columns, dtype=torch.double), 0
    for stage in model.layers:
        if not isinstance(stage.downsample, torch.nn.Identity):  # timm merges before a stage's blocks
            high, wide = (rows + 1) // 2, (columns + 1) // 2
            merge = torch.zeros(high * wide, rows * columns, dtype=torch.double)
            for y in range(rows):
                for x in range(columns):
                    merge[(y // 2) * wide + x // 2, y * columns + x] = 1
            total = (merge / merge.sum(-1, keepdim=True)) @ total
            rows, columns = high, wide
        for block in stage.blocks:
            a = torch.zeros(rows * columns, rows * columns, dtype=torch.double)
            for window, share in zip(windows(block, rows, columns), seen[at]):
                real = window >= 0
                a[window[real][:, None], window[real][None]] = share[real][:, real]
            a = a / a.sum(-1, keepdim=True)
            total = (0.5 * a + 0.5 * torch.eye(rows * columns)) @ total
            at += 1
    return total.mean(0).reshape(first)


out = {}
for name in NAMES:
    model, swin = build(name)
    image = torch.from_numpy(np.load(FIXTURES + name + '/input.npy')[:1]).double()
    expected = np.load(FIXTURES + name + '/logits.npy')[:1]
    with torch.no_grad():
        assert np.abs(model(image).numpy() - expected).max() < 1e-4, name
        tokens = model.forward_features(image)[0]
    out[name + '.tokens'] = tokens.reshape(-1, tokens.shape[-1]).float().contiguous()
    out[name + '.gradcam'] = grad_cam(model, swin, image).float().contiguous()
    out[name + '.rollout'] = rollout(model, swin, image).float().contiguous()
    print(name, [tuple(out[name + '.' + k].shape) for k in ('tokens', 'gradcam', 'rollout')],
          float(out[name + '.gradcam'].max()), float(out[name + '.rollout'].sum()))
save_file(out, 'explain.safetensors')
print(os.path.getsize('explain.safetensors'), 'bytes')
