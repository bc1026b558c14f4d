"""FICE's segmenter: DeepLabV3 with a ResNet-50, told background, body and head apart.

Sources: DeepLabV3, arXiv 1706.05587; formats section 1.3.
"""

from __future__ import annotations

from typing import cast

from torch import Tensor, nn

from ...base.shapes import check_image
from ...base.types import Regions
from .image_pooling import ImagePooling

DEEPLAB_CLASSES = ("background", "body", "head")


class DeepLab(nn.Module):
    """Perceptor of `Regions`; it cannot tell garment from skin, so `garment` is the body."""

    person_height = 256  # pixels, of the photos that FICE shows it

    def __init__(self) -> None:
        super().__init__()
        # Here and not on top: torchvision takes seconds to import.
        from torchvision.models.segmentation import deeplabv3_resnet50

        self.model: nn.Module = deeplabv3_resnet50(
            weights=None,
            weights_backbone=None,  # the default would download
            num_classes=len(DEEPLAB_CLASSES),
            aux_loss=False,
        )
        pyramid = cast("nn.ModuleList", self.model.get_submodule("classifier.0.convs"))
        _, *layers = pyramid[-1].children()
        pyramid[-1] = ImagePooling(*layers)

    def logits(self, image: Tensor) -> Tensor:
        """Logits `[B, 3, H, W]` of `DEEPLAB_CLASSES`.

        Args:
            image: `[B, 3, H, W]` in [0, 1]; FICE's weights take it as it is, without the usual
                normalisation.

        Raises:
            ShapeError: if `image` is not `[B, 3, H, W]`.
        """
        return cast("dict[str, Tensor]", self.model(check_image(image)))["out"]

    def forward(self, image: Tensor) -> Regions:
        """Regions of `image` `[B, 3, H, W]` in [0, 1].

        Raises:
            ShapeError: if `image` is not `[B, 3, H, W]`.
        """
        background, body, head = self.logits(image).softmax(1).split(1, dim=1)
        return Regions(background=background, body=body, garment=body, head=head)
