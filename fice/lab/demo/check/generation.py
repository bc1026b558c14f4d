"""How well the generator draws known codes, and whether z gives pictures like known codes do."""

from __future__ import annotations

import torch
from torch import Tensor

from ....base.types import ClipModel, LatentEncoder, Synthesizer
from ..data import FigureData
from ..latents import LatentBasis
from ..metrics import gradient_magnitude, kernel_distance, psnr

BATCH = 32
REFINEMENT_RATE = 0.03
Halves = tuple[Tensor, ...]


@torch.no_grad()
def synthesize(generator: Synthesizer, ws: Tensor) -> Tensor:
    """Pictures `[N, 3, H, W]` in [0, 1] of `ws` `[N, num_ws, w_dim]`, in batches."""
    return torch.cat([generator.synthesize(part).clamp(0, 1) for part in ws.split(BATCH)])


def known_ws(generator: Synthesizer, basis: LatentBasis, factors: Tensor) -> Tensor:
    """W+ `[N, num_ws, w_dim]` of figures, from their parameters `[N, F]`."""
    return basis.to_w(factors)[:, None].expand(-1, generator.num_ws, -1)


def fidelity(image: Tensor, target: Tensor) -> dict[str, float]:
    """PSNR in dB, and the mean gradient magnitude as a ratio to that of the target."""
    ratio = gradient_magnitude(image) / gradient_magnitude(target)
    return {"psnr": psnr(image, target), "relative_gradient": ratio}


@torch.no_grad()
def sampling_distance(
    generator: Synthesizer, clip: ClipModel, known: Tensor, renders: Tensor, seed: int = 0
) -> dict[str, float]:
    """Kernel distances (times 1000) between pictures from z, from known codes, and renders.

    Pictures are compared with renders of other figures, since those of the same figures would be
    closer than chance: the first half of `known` with the second of `renders` and the reverse,
    averaged. With 512 pictures a distance scatters by about 5, too much to compare two of them.

    Args:
        generator: draws the pictures from z.
        clip: whose features are compared; it should guide nothing.
        known: pictures from the known codes of the figures of `renders`, `[N, 3, H, W]`, N even.
        renders: `[N, 3, H, W]`.
        seed: of z.
    """
    random = torch.Generator().manual_seed(seed)
    z = torch.randn(len(known), generator.z_dim, generator=random)
    w = generator.sample_w(z)
    drawn = synthesize(generator, w[:, None].expand(-1, generator.num_ws, -1))
    from_z, from_known, truth = (
        torch.cat([clip.encode_image(part) for part in images.split(BATCH)]).chunk(2)
        for images in (drawn, known, renders)
    )
    return {
        "from_z": _crossed(from_z, truth),
        "from_known_w": _crossed(from_known, truth),
        "from_z_to_known_w": _crossed(from_z, from_known),
        "renders_to_renders": 1000 * kernel_distance(*truth),
    }


def _crossed(one: Halves, other: Halves) -> float:
    """Mean of the distances between the halves of two sets that are not of the same figures."""
    pairs = ((one[0], other[1]), (one[1], other[0]))
    return 1000 * sum(kernel_distance(a, b) for a, b in pairs) / len(pairs)


def inversion_figures(
    generator: Synthesizer, encoder: LatentEncoder, held_out: FigureData, count: int, steps: int
) -> dict[str, float]:
    """PSNR in dB of the encoder's inversion, and after `steps` of refinement by Adam."""
    target = held_out.images(torch.arange(count))
    with torch.no_grad():
        ws = encoder(target)
    alone = psnr(synthesize(generator, ws), target)
    refined = torch.cat(
        [
            _refine(generator, part, image, steps)
            for part, image in zip(ws.split(16), target.split(16), strict=True)
        ]
    )
    return {"encoder": alone, "refined": psnr(synthesize(generator, refined), target)}


def _refine(generator: Synthesizer, ws: Tensor, target: Tensor, steps: int) -> Tensor:
    """Moves `ws` in units of w_std towards the picture `target`."""
    scale = generator.w_std
    offset = torch.zeros_like(ws, requires_grad=True)
    optimizer = torch.optim.Adam([offset], REFINEMENT_RATE)
    for _ in range(steps):
        image = generator.synthesize(ws + offset * scale)
        loss = (image - target).square().mean((1, 2, 3)).sum()
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        optimizer.step()
    return (ws + offset * scale).detach()
