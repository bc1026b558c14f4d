"""What is known of the photo that is edited."""

from __future__ import annotations

from dataclasses import dataclass, replace

from torch import Tensor

from ..base.types import BodyChart, Measurement, Perceptor, Regions, Rows, measure


@dataclass(frozen=True, eq=False)
class Source:
    """What is known of the photo, at the size of the generator.

    Attributes:
        image: `[B, 3, H, W]` in [0, 1]; None if no network looked at the photo.
        ws: the encoder's W+ of it, `[B, num_ws, w_dim]`.
        chart: its body chart; None leaves pose and body shape free.
        regions: its regions; None leaves its pixels and the outline of its head free.
        painted: what may change, as somebody painted it, `[B, 1, H, W]` in [0, 1]: all else is
            kept, whatever the regions say. None leaves that to the recipe.
    """

    image: Tensor | None
    ws: Tensor
    chart: Measurement[BodyChart] | None = None
    regions: Measurement[Regions] | None = None
    painted: Tensor | None = None

    @classmethod
    def of(
        cls,
        image: Tensor,
        ws: Tensor,
        chart: Perceptor[BodyChart] | None = None,
        segmenter: Perceptor[Regions] | None = None,
        painted: Tensor | None = None,
    ) -> Source:
        """What the networks see in `image` `[B, 3, H, W]`; those left out leave their part free."""
        return cls(
            image,
            ws,
            None if chart is None else measure(chart, image),
            None if segmenter is None else measure(segmenter, image),
            painted,
        )

    def only(self, rows: Rows) -> Source:
        """What is known of some photos of the batch."""
        return Source(
            image=None if self.image is None else self.image[rows],
            ws=self.ws[rows],
            chart=self.chart and replace(self.chart, seen=self.chart.seen.only(rows)),
            regions=self.regions and replace(self.regions, seen=self.regions.seen.only(rows)),
            painted=None if self.painted is None else self.painted[rows],
        )
