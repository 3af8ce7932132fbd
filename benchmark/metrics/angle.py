"""The angle between two vectors, right to the last digit also where they nearly coincide."""

import math

from bfrbench.benchmark.judges.judge import Vector


def angle(one: Vector, other: Vector) -> float:
    """Radians, 0..π, exactly 0 for equal vectors; the scale of either does not matter.

    2 atan2(|a - b|, |a + b|) of the unit vectors a and b (Kahan 2006, section 12). The usual arccos(a·b)
    loses half the digits near 0 and is not a number when rounding takes a·b above 1.
    Raises ValueError when a vector is zero or holds numbers that are not finite: it has no direction.
    """
    first, second = (vector.astype("float64") for vector in (one, other))
    lengths = [math.sqrt(vector @ vector) for vector in (first, second)]
    if not all(0.0 < length < math.inf for length in lengths):
        raise ValueError("The recogniser's numbers for this image have no direction.")
    a, b = first / lengths[0], second / lengths[1]
    apart, along = a - b, a + b
    return 2.0 * math.atan2(math.sqrt(apart @ apart), math.sqrt(along @ along))


def cosine(one: Vector, other: Vector) -> float:
    """The angle's cosine, -1..1, exactly 1 for equal vectors. Raises ValueError as `angle` does."""
    return math.cos(angle(one, other))
