"""Hard functions of figures, motion, light and the sky; their gradients are correct."""

from __future__ import annotations

from typing import Any

import numpy as np

import tinygrad_w2v as tg
import tinygrad_w2v.nn.functional as F
from tests.testing.points import Program, between, normals
from tinygrad_w2v import special

# --- figures ---


def length(v: Any) -> Any:
    return np.sqrt((v * v).sum())


def needle(rng: np.random.Generator) -> list[Any]:
    a, c = rng.uniform(1, 2, 3), rng.uniform(0.01, 0.05, 3)
    return [a, a + c * rng.uniform(-0.7, 0.7, 3), c]


def circumradius(p: Any) -> Any:
    a, b, c = p[1] - p[0], p[2] - p[1], p[0] - p[2]
    return length(a) * length(b) * length(c) / (2 * (a[0] * b[1] - a[1] * b[0]))


def barycentric(p: Any, triangle: Any) -> Any:
    a, b, c = triangle[1] - triangle[0], triangle[2] - triangle[0], p - triangle[0]
    return np.stack([c[0] * b[1] - c[1] * b[0], a[0] * c[1] - a[1] * c[0]]) / (
        a[0] * b[1] - a[1] * b[0]
    )


def sphere_hit(origin: Any, offset: Any) -> Any:
    return origin - np.sqrt(offset * (2 - offset))


def polygon(p: Any) -> Any:
    q = np.roll(p, -1, axis=0)
    return (p[:, 0] * q[:, 1] - p[:, 1] * q[:, 0]).sum() / 2


def curvature(p: Any) -> Any:
    first, second = 3 * (p[1:] - p[:-1]), 6 * (p[2:] - 2 * p[1:-1] + p[:-2])
    d = 0.25 * first[0] + 0.5 * first[1] + 0.25 * first[2]
    s = 0.5 * second[0] + 0.5 * second[1]
    return (d[0] * s[1] - d[1] * s[0]) / (d * d).sum() ** 1.5


def capsule(p: Any) -> Any:
    axis = np.array([3.0, 1e-3])
    t = np.clip((p @ axis) / (axis @ axis), 0, 1)
    return np.sqrt(((p - t[:, None] * axis) ** 2).sum(axis=1)) - 0.5


def union(a: Any, b: Any) -> Any:
    return -np.logaddexp(-80 * a, -80 * b) / 80


def stereographic(v: Any) -> Any:
    s = 1 + (v * v).sum()
    x, z = 2 * v / s, (s - 2) / s
    return x / (1 - z) - v


def excess(sides: Any) -> Any:
    half = sides.sum() / 2
    return 4 * np.arctan(np.sqrt(np.tan(half / 2) * np.prod(np.tan((half - sides) / 2))))


def squared_volume(d: Any) -> Any:
    """Return the squared area of a triangle from its squared sides, by a determinant."""
    one, zero = np.ones(1), np.zeros(1)
    rows = [
        np.concatenate([zero, d[:1], d[1:2], one]),
        np.concatenate([d[:1], zero, d[2:], one]),
        np.concatenate([d[1:2], d[2:], zero, one]),
        np.array([1.0, 1, 1, 0]),
    ]
    return -np.linalg.det(np.stack(rows)) / 16


def bezier_trace(p: Any) -> Any:
    t = np.linspace(0, 1, 6)[:, None]
    for _ in range(p.shape[0] - 1):
        p = p[..., :-1, :] + t[:, :, None] * (p[..., 1:, :] - p[..., :-1, :])
    gaps = p[1:, 0] - p[:-1, 0]
    return np.sqrt((gaps * gaps).sum(axis=1)).sum()


FIGURES: dict[str, Program] = {
    "angle of a needle": (
        lambda a, b, c: np.arccos((a * a + b * b - c * c) / (2 * a * b)), needle),
    "circle through nearly straight points": (
        circumradius,
        lambda r: [np.array([[0, 0], [1, 0.02], [2, 0]]) + 1e-3 * r.normal(size=(3, 2))]),
    "coordinates in a triangle, beside an edge": (
        barycentric, lambda r: [np.array([r.uniform(0.1, 0.9), 1e-7 * r.normal()]),
                                np.array([[0.0, 0], [1, 0], [0.3, 1]])]),
    "ray that grazes a sphere": (
        sphere_hit, lambda r: [r.uniform(2, 9, 4), 10 ** r.uniform(-9, -2, 4)]),
    "area of a polygon far away": (
        polygon, lambda r: [np.array([[0, 0], [2, 0.1], [1.5, 1], [0.2, 1.1]]) + 1e3
                            + 0.1 * r.normal(size=(4, 2))]),
    "curvature of a nearly straight curve": (
        curvature, lambda r: [np.array([[0.0, 0], [1, 0], [2, 0], [3, 0]])
                              + 1e-4 * r.normal(size=(4, 2))]),
    "distance to a capsule": (
        capsule, lambda r: [np.array([[-1.0, 1], [1.5, 1], [4, 1], [1, -2]])
                            + 0.3 * r.normal(size=(4, 2))]),
    "smooth union of two bodies": (union, between(-0.3, 0.3, (4,), (4,))),
    "plane on a sphere and back": (stereographic, normals((4,))),
    "excess of a small triangle": (excess,
    lambda r: [r.uniform(0.8, 1, 3) * 10 ** r.uniform(-4, -1)]),
    "area by the sides of a flat triangle": (
        squared_volume, lambda r: [np.array([1, 4 - 1e-2 * r.uniform(0.1, 1), 1])]),
    "length of a curve by its points": (bezier_trace, normals((4, 2))),
    "map of far points": (
        lambda h, p: (h[:2] @ p) / (h[2] @ p),
        lambda r: [np.eye(3) + 0.05 * r.normal(size=(3, 3))
        + np.outer([0, 0, 1], [1e-3, 1e-3, -0.95]),
                   np.concatenate([r.uniform(50, 200, 2), np.ones(1)])]),
    "point inside a hyperbolic ball and back": (
        lambda v: (lambda n: np.arctanh(np.tanh(n)) * v / n - v)(length(v)),
        lambda r: (lambda v: [v * r.uniform(1, 4) / np.linalg.norm(v)])(r.normal(size=3))),
    "hyperbolic sum of nearly opposite points": (
        lambda x, y: ((1 + 2 * x @ y + y @ y) * x + (1 - x @ x) * y)
        / (1 + 2 * x @ y + (x @ x) * (y @ y)),
        lambda r: (lambda v: [v, -v + 1e-3 * r.normal(size=3)])(0.4 * r.uniform(-1, 1, 3))),
    "distance on a hyperboloid": (
        lambda x, y: np.arccosh(np.sqrt((1 + x @ x) * (1 + y @ y)) - x @ y),
        lambda r: (lambda v: [v, v + 0.05 * r.normal(size=3)])(r.normal(size=3))),
}  # fmt: skip

# --- motion ---


def slerp(a: Any, b: Any) -> Any:
    a, b = a / length(a), b / length(b)
    angle = 2 * np.arctan2(length(a - b), length(a + b))
    return (np.sin(0.3 * angle) * a + np.sin(0.7 * angle) * b) / np.sin(angle)


def arm(p: Any) -> Any:
    elbow = np.arccos(((p * p).sum() - 1.25) / (2 * 1 * 0.5))
    shoulder = np.arctan2(p[1], p[0]) - np.arctan2(0.5 * np.sin(elbow), 1 + 0.5 * np.cos(elbow))
    return np.stack([shoulder, elbow])


def stretched(rng: np.random.Generator) -> list[Any]:
    turn, reach = rng.uniform(-2, 2), 1.5 * (1 - 10 ** rng.uniform(-4, -1))
    return [reach * np.array([np.cos(turn), np.sin(turn)])]


def angles_and_back(a: Any) -> Any:
    (x, y, z), (u, v, w) = np.sin(a), np.cos(a)
    pitch = np.arcsin(y)
    roll, yaw = np.arctan2(x * v, u * v), np.arctan2(z * v, w * v)
    return np.stack([roll - a[0], pitch - a[1], yaw - a[2]])


def agm(a: Any, b: Any) -> Any:
    for _ in range(6):
        a, b = (a + b) / 2, np.sqrt(a * b)
    return a


def double_pendulum(q: Any) -> Any:
    a, b = q[0] - q[1], q[2] * q[2]
    return np.stack([np.sin(a) * np.cos(a) * b, np.sin(a) * b]) / (1 + 1e-3 - np.cos(a) ** 2)


def bouncing(v: Any) -> Any:
    return sum((2 * v * 0.95**k / 9.81 for k in range(1, 40)), v / 9.81)


MOTION: dict[str, Program] = {
    "turn between close attitudes": (
        slerp, lambda r: (lambda q: [q, q + 1e-3 * r.normal(size=4)])(r.normal(size=4))),
    "arm that is nearly stretched": (arm, stretched),
    "angles of an attitude near the lock": (
        angles_and_back, lambda r: [np.array([r.uniform(-1, 1), 1.56 - r.uniform(0, 0.05),
                                              r.uniform(-1, 1)])]),
    "period of a small swing, less the smallest": (
        lambda a: 1 / agm(1 + 0 * a, np.cos(a / 2)) - 1, between(0.03, 0.5, (4,))),
    "period of a swing to the top": (
        lambda a: 1 / agm(1 + 0 * a, np.cos(a / 2)),
        lambda r: [np.pi - 10 ** r.uniform(-6, -1, 4)]),
    "forces between two pendulums": (double_pendulum, normals((3,))),
    "ball that bounces": (bouncing, between(0.1, 9, (3,))),
    "sum of speeds near that of light": (
        lambda u, v: 1 - (u + v) / (1 + u * v),
        lambda r: [1 - 10 ** r.uniform(-4, -1, 4), 1 - 10 ** r.uniform(-4, -1, 4)]),
    "mass of two nearly parallel rays": (
        lambda a, b, t: np.sqrt(2 * a * b * (1 - np.cos(t))),
        lambda r: [r.uniform(1, 50, 3), r.uniform(1, 50, 3), 10 ** r.uniform(-2, 0, 3)]),
    "friction law of a fault": (
        lambda v: np.arcsinh(v / 2e-6 * np.exp(0.6 / 0.01)) * 0.01,
        lambda r: [10 ** r.uniform(-12, 0, 5)]),
}  # fmt: skip

# --- light and the sky ---


def brewster(angle: Any, n: Any) -> Any:
    inside = np.arcsin(np.sin(angle) / n)
    return (np.tan(angle - inside) / np.tan(angle + inside)) ** 2


def at_brewster(rng: np.random.Generator) -> list[Any]:
    n = rng.uniform(1.3, 1.8, 4)
    return [np.arctan(n) + rng.choice([-1, 1], 4) * rng.uniform(1e-4, 1e-2, 4), n]


def hyperbolic_orbit(m: Any, e: Any) -> Any:
    h = np.arcsinh(m / e)
    for _ in range(12):
        h = h - (e * np.sinh(h) - h - m) / (e * np.cosh(h) - 1)
    return h


def comoving(z: Any) -> Any:
    nodes, weights = np.polynomial.legendre.leggauss(8)
    u = z[:, None] * (nodes + 1) / 2
    return (weights / np.sqrt(0.3 * (1 + u) ** 3 + 0.7)).sum(axis=1) * z / 2 - z


def composite(alpha: Any, colour: Any) -> Any:
    passed = np.cumprod(1 - alpha)
    return alpha[0] * colour[0] + (alpha[1:] * passed[:-1] * colour[1:]).sum()


def facets(cosine: Any, rough: Any) -> Any:
    a = rough**4
    return a / (np.pi * (cosine * cosine * (a - 1) + 1) ** 2)


def lightness(x: Any) -> Any:
    limit = (6 / 29) ** 3
    return 116 * np.where(x > limit, np.cbrt(x), x * (29 / 6) ** 2 / 3 + 4 / 29) - 16


def sky_angle(a: Any, b: Any) -> Any:
    across = np.cos(b[1]) * np.sin(b[0] - a[0])
    along = np.cos(a[1]) * np.sin(b[1]) - np.sin(a[1]) * np.cos(b[1]) * np.cos(b[0] - a[0])
    return np.arctan2(across, along)


LIGHT: dict[str, Program] = {
    "reflection at the angle that has none": (brewster, at_brewster),
    "film of many waves": (
        lambda d, n: np.cos(2 * np.pi * n * d / 0.5) ** 2, between(1.3, 90, (4,), (4,))),
    "image of an object at the focus": (
        lambda d: 1 / (1 / 0.05 - 1 / d), lambda r: [0.05 * (1 + 10 ** r.uniform(-5, 0, 4))]),
    "dark ring of a round opening": (
        lambda x: (2 * special.bessel_j1(x) / x) ** 2, normals((4,), scale=1e-2, offset=3.8317)),
    "grating of twenty slits": (
        lambda x: (np.sin(10 * x) / np.sin(x / 2)) ** 2,
        lambda r: [2 * np.pi * r.integers(0, 3, 4)
                   + r.choice([-1, 1], 4) * 10 ** r.uniform(-3, -1, 4)]),
    "speed on a nearly open orbit": (
        lambda r, a: np.sqrt(2 / r - 1 / a),
        lambda r: [r.uniform(0.1, 9, 4), 10 ** r.uniform(2, 8, 4)]),
    "position on a long orbit": (
        lambda x, e: 2 * np.arctan(np.sqrt((1 + e) / (1 - e)) * np.tan(x / 2)),
        lambda r: [r.uniform(-2.8, 2.8, 4), 1 - 10 ** r.uniform(-4, -1, 4)]),
    "passage that does not return": (
        hyperbolic_orbit, lambda r: [10 ** r.uniform(-1, 2, 3), r.uniform(1.02, 3, 3)]),
    "brightness of two unequal stars": (
        lambda m: -2.5 * np.log10((10 ** (-0.4 * m)).sum()), between(-1, 25, (4,))),
    "distance of small redshift, less the redshift": (
        comoving, lambda r: [10 ** r.uniform(-2.5, 0, 3)]),
    "tides of a far body": (
        lambda d, r: 1 / (d - r) ** 2 - 1 / (d * d),
        lambda r: [r.uniform(1, 3, 4), 10 ** r.uniform(-4, -2, 4)]),
    "clock beside a star": (
        lambda r: 1 / np.sqrt(1 - 1 / r) - 1, lambda r: [10 ** r.uniform(0.01, 5, 4)]),
    "layers of nearly opaque glass": (
        composite, lambda r: [1 - 10 ** r.uniform(-4, -0.3, 5), r.normal(size=5)]),
    "highlight of a smooth surface": (
        facets, lambda r: [1 - 10 ** r.uniform(-6, -1, 4), r.uniform(0.05, 0.4, 4)]),
    "lightness of dark colours": (
        lightness,
        lambda r: [np.array([1e-5, 5e-3, 8.8e-3, 8.9e-3, 0.5]) * r.uniform(0.998, 1, 5)]),
    "direction to a close star": (
        sky_angle, lambda r: (lambda a: [a, a + 1e-5 * r.normal(size=2)])(r.uniform(-1.3, 1.3, 2))),
    "mean of directions across north": (
        lambda a: (np.exp(F.log_softmax(np.cos(a), axis=0)) * np.sin(a)).sum(),
        lambda r: [r.choice([0, 2 * np.pi], 5) + 0.01 * r.normal(size=5)]),
    "blocked sky": (
        lambda h: tg.sigmoid(60 * (np.sin(h) - np.array([0.2, 0.21, 0.5]))).prod(),
        between(-0.5, 1, (1,))),
}  # fmt: skip

SPACES = {**FIGURES, **MOTION, **LIGHT}
