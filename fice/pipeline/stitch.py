"""The edited crop back into its photo, through the mask of what was found or painted."""

from __future__ import annotations

from collections.abc import Sequence

from torch import Tensor

from ..base.errors import ImageError
from ..base.frame import Frame
from ..base.trained_size import regions_of
from ..base.types import Perceptor, Region, Regions
from ..stitching.bared import match_bared
from ..stitching.compositing import Stitched
from ..stitching.put_back import stitch_each
from ..stitching.region_masks import found_mask, painted_mask
from ..stitching.seams import DEFAULT_SEAM


def stitch(
    photo: Tensor,
    generated: Tensor,
    crops: Tensor,
    segmenter: Perceptor[Regions],
    frames: Sequence[Frame],
    *,
    region: Region = "garment",
    painted: Tensor | None = None,
    seam: str = DEFAULT_SEAM,
) -> Stitched:
    """Puts `generated` into `photo`, at the size of the photo and only where it belongs.

    Args:
        photo: `[B, 3, H, W]` in [0, 1].
        generated: the edited crops, `[B, 3, h, w]`.
        crops: the same before, likewise.
        segmenter: finds the garments, old and new.
        frames: of each photo.
        region: what of the generated picture goes into the photo.
        painted: what may change, `[B, 1, H, W]`: takes the place of `region`.
        seam: one of `fice.stitching.seams.SEAM_METHODS`.

    Raises:
        ImageError: if nothing is selected.
    """
    if painted is not None:
        pairs = zip(painted.split(1), frames, strict=True)
        masks = [painted_mask(one, frame) for one, frame in pairs]
    else:
        before = [regions_of(one, segmenter) for one in crops.split(1)]
        after = before
        if region == "garment":
            after = [regions_of(one, segmenter) for one in generated.split(1)]
            if seam == DEFAULT_SEAM:
                generated = match_bared(generated, crops, before, after)
        each = zip(before, after, frames, strict=True)
        masks = [found_mask(*one, region=region) for one in each]
    stitched = stitch_each(photo, generated, masks, frames, seam)
    if not bool(stitched.mask.any()):
        raise ImageError(
            "Nothing is selected: no garment was found on the photo, or the mask is beside the "
            "person. Give a mask of the garment, or use the region `head`."
        )
    return stitched
