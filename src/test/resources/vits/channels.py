# Makes channels.zip: small models of timm 1.0.29 for colour, pictures with other numbers of channels, and the logits
# that timm gives when it takes the weights for these (adapt_input_conv, as create_model(in_chans=N) does).
# Run in this folder.
import io, zipfile
import numpy as np, torch
from timm.models import VisionTransformer, SwinTransformer, SwinTransformerV2
from timm.models._manipulate import adapt_input_conv

MAKE = {
    'vit': lambda c: VisionTransformer(img_size=16, patch_size=4, in_chans=c, embed_dim=16, depth=1, num_heads=2,
                                       mlp_ratio=2, num_classes=5),
    'swin': lambda c: SwinTransformer(img_size=16, patch_size=2, in_chans=c, embed_dim=8, depths=(1, 1),
                                      num_heads=(2, 2), window_size=4, mlp_ratio=2, num_classes=5),
    'swinv2': lambda c: SwinTransformerV2(img_size=16, patch_size=2, in_chans=c, embed_dim=8, depths=(1, 1),
                                          num_heads=(2, 2), window_size=4, mlp_ratio=2, num_classes=5),
}
entries = {}
for family, make in MAKE.items():
    torch.manual_seed(len(family))
    source = make(3)
    state = source.state_dict()
    for key, value in state.items():
        if value.is_floating_point() and 'coords' not in key:
            value.copy_((torch.randn(value.shape) * 0.3 + (value.dim() == 1 and 'norm' in key and 'weight' in key))
                        .mul(256).round() / 256)
    data = io.BytesIO()
    torch.save(state, data)
    entries[f'{family}.pth'] = data.getvalue()
    for channels in (1, 3, 4, 5, 7):
        model = make(channels)
        adapted = dict(state)
        adapted['patch_embed.proj.weight'] = adapt_input_conv(channels, state['patch_embed.proj.weight'])
        model.load_state_dict(adapted)
        x = torch.randn(2, channels, 16, 16).mul(64).round() / 64
        with torch.no_grad():
            y = model.double().eval()(x.double()).float()
        for part, array in (('x', x), ('y', y)):
            data = io.BytesIO()
            np.save(data, array.numpy())
            entries[f'{family}.{channels}.{part}.npy'] = data.getvalue()
with zipfile.ZipFile('channels.zip', 'w', zipfile.ZIP_DEFLATED) as archive:
    for name in sorted(entries):
        archive.writestr(zipfile.ZipInfo(name, (2026, 1, 1, 0, 0, 0)), entries[name], zipfile.ZIP_DEFLATED)
