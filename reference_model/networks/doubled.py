"""A 3×3 convolution of a bilinearly doubled map from a quarter of the products, for inference on a CPU.

Along one axis let y be the doubled x, and z[n] = a·y[n-1] + b·y[n] + c·y[n+1] the convolution. In terms of
the sum g = a + b + c, the slope d = -(b + 2c) and c,

    z[n]       = g·y[n-1] + d·(y[n-1] - y[n]) + c·(y[n-1] - 2·y[n] + y[n+1])
    4·z[2i]    = g·(3·x[i-1] + x[i]) + 2·d·(x[i-1] - x[i]) + c·(x[i-1] - 2·x[i] + x[i+1])
    4·z[2i+1]  = g·(x[i-1] + 3·x[i]) +   d·(x[i-1] - x[i+1]) + c·(x[i-1] - 2·x[i] + x[i+1])

because y[2i] = (x[i-1] + 3·x[i])/4 and y[2i+1] = (3·x[i] + x[i+1])/4. So g·x, d·x and c·x, three products
at a small pixel, give two pixels of z, which would take six; along both axes nine give four, which would
take 36. The products are one matrix product, and what is left are sums of neighbours.

At the edges interpolation repeats the last pixel, and convolution sees zeros beyond the image: x is
extended by its last pixel, and what that would add from beyond, a·x[0] and c·x[-1], is taken off again.
"""

import torch
from torch import Tensor
from torch.nn import functional as F

from bfrbench.reference_model.networks.layers import double, unobserved

_ROWS = 32  # of x at a time: their products stay in the cache
_LEAST_SIDE, _LEAST_CHANNELS = 32, 256  # of x; for less the sums take as long as the products saved


def conv_doubled(features: Tensor, kernel: Tensor, bias: Tensor | None = None) -> Tensor:
    """`conv2d(double(features), kernel, bias, padding=1)`: N×Cin×H×W and Cout×Cin×3×3 → N×Cout×2H×2W."""
    if (
        features.device.type == "cpu"
        and features.dtype == torch.float32
        and features.shape[1] >= _LEAST_CHANNELS
        and features.shape[-1] >= _LEAST_SIDE
        and unobserved()
    ):
        return _from_products(features, kernel, bias)
    return F.conv2d(double(features), kernel, bias, padding=1)


def _from_products(features: Tensor, kernel: Tensor, bias: Tensor | None) -> Tensor:
    count, _, height, width = features.shape
    pointwise = _pointwise(kernel)
    features = F.pad(features, (1, 1, 1, 1), mode="replicate")
    doubled = features.new_empty((count, len(kernel), 2 * height, 2 * width)).contiguous(
        memory_format=torch.channels_last
    )
    for top in range(0, height, _ROWS):
        end = min(top + _ROWS, height)
        pixels = features[:, :, top : end + 2].permute(0, 2, 3, 1)
        products = F.linear(pixels, pointwise).permute(0, 3, 1, 2)
        for x, columns in enumerate(_sums(products, 3, first=True, last=True)):
            for y, sums in enumerate(_sums(columns, 2, first=top == 0, last=end == height)):
                doubled[:, :, 2 * top + y : 2 * end : 2, x::2] = sums
    return doubled if bias is None else doubled.add_(bias[:, None, None])


def _pointwise(kernel: Tensor) -> Tensor:
    """Cout×Cin×3×3 → 9·Cout×Cin: g, d, c along the columns, and in each g, d, c along the rows."""
    basis = kernel.new_tensor([[1, 1, 1], [0, -1, -2], [0, 0, 1]]) / 4
    products = torch.einsum("yr,xs,oirs->xyoi", basis, basis, kernel)
    return products.reshape(-1, kernel.shape[1])


def _sums(products: Tensor, dim: int, *, first: bool, last: bool) -> tuple[Tensor, Tensor]:
    """g·x, d·x, c·x, stacked in the channels, for an x that is one longer at both ends → 4·z, even and odd.

    first, last: whether this end of the dimension is the image's.
    """
    length = products.shape[dim] - 2
    (g0, g1, _), (d0, d1, d2), (c0, c1, c2) = (
        [part.narrow(dim, shift, length) for shift in range(3)] for part in products.chunk(3, dim=1)
    )
    curve = torch.add(c0, c2).sub_(c1, alpha=2)
    even = torch.add(curve, g0, alpha=3).add_(g1).add_(d0, alpha=2).sub_(d1, alpha=2)
    odd = curve.add_(g0).add_(g1, alpha=3).add_(d0).sub_(d2)
    if first:
        even.select(dim, 0).sub_((g0 + d0 + c0).select(dim, 0), alpha=4)
    if last:
        odd.select(dim, -1).sub_(c2.select(dim, -1), alpha=4)
    return even, odd
