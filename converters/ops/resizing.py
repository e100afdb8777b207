"""Resampling of N H W C images."""

from converters.graph import Value
from converters.ops.spec import Inferred, op


def _resize(
    x: Value, size: Value, *, align_corners: bool = False, half_pixel_centers: bool = False
) -> Inferred:
    height, width = (-1, -1) if size.data is None else (int(n) for n in size.data)
    return [((x.shape[0], height, width, x.shape[3]), x.dtype)]


op("RESIZE_BILINEAR", options="ResizeBilinearOptions", parameters=(1,))(_resize)
op("RESIZE_NEAREST_NEIGHBOR", options="ResizeNearestNeighborOptions", parameters=(1,))(_resize)
