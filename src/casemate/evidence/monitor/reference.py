"""What normal traffic looks like: learnt once from a reference log, in one pass, and kept.

The first batch fixes how columns are counted (`Spec`) and where the middle is (`Space`, `Outside`); all batches are
counted and sampled. Parts of one reference that were learnt with the same first batch can be merged in any order, but
for clients, whose windows are followed in the order of the log.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from casemate.core.errors import CasemateError
from casemate.evidence.monitor import keep, sketch_spec, space
from casemate.evidence.monitor.batch import Batch
from casemate.evidence.monitor.behaviour import Limits
from casemate.evidence.monitor.detectors import joint, probing
from casemate.evidence.monitor.sample import Sample, merged, nothing
from casemate.evidence.monitor.sketch import Sketch, empty, in_windows, observe
from casemate.evidence.monitor.sketch import merged as added
from casemate.evidence.monitor.traces import Outside, outside_of

SAMPLED = 4000
PILOT = 20_000  # rows that the place of the reference is fitted to


@dataclass(frozen=True, slots=True, eq=False)
class Reference:
    """What was learnt: the sketch by windows of `hours`, where rows lie, a sample, and what clients do.

    below: confidence that counts as low.
    outside is None with fewer than 10 rows for each axis: then nothing is said about queries outside.
    """

    hours: int
    below: float
    sketch: Sketch
    space: space.Space
    outside: Outside | None
    sample: Sample
    clients: probing.State | None


def learn(first: Batch, below: float = 0.6, hours: int = 24, seed: int = 0) -> Reference:
    """From the first batch, which is then learnt as well. `CasemateError` if it has no rows.

    below: confidence that counts as low, here and in what is compared with this. hours: of a window.
    """
    if not first.time.size:
        raise CasemateError("reference", "it has no rows", "give a log of normal traffic")
    axes = space.learn(first)
    points = space.points(axes, first, np.arange(min(first.time.size, PILOT)))
    outside = outside_of(points) if points.shape[1] and len(points) >= max(10 * points.shape[1], 50) else None
    clients = None
    if outside is not None:
        clients = probing.begin(probing.Config(axes, outside, below, near_in(points), seed=seed))
    sketch = empty(sketch_spec.learn(first))
    return with_rows(Reference(hours, below, sketch, axes, outside, nothing(points.shape[1]), clients), first, seed)


def near_in(points: space.Points) -> float:
    """A quarter of the median distance of a row of the reference to its nearest other, among 1,000 rows."""
    wide = points[:1000].astype(np.float64)
    half = (wide**2).sum(axis=1) / 2
    close = wide @ wide.T - half
    np.fill_diagonal(close, -np.inf)
    nearest = np.maximum(2 * (half - close.max(axis=1)), 0)
    return max(float(np.sqrt(np.median(nearest))) / 4, 1e-3)


def with_rows(reference: Reference, batch: Batch, seed: int = 0) -> Reference:
    """With more rows of the reference."""
    return counted(reference, batch, observe(reference.sketch.spec, batch, reference.hours), seed)


def counted(reference: Reference, batch: Batch, sketch: Sketch, seed: int = 0) -> Reference:
    """The same with the batch's sketch at hand, by the hour or by windows."""
    new = joint.sampled(reference.space, batch, SAMPLED, seed, reference.sample)
    return replace(
        reference,
        sketch=added(reference.sketch, in_windows(sketch, reference.hours)),
        sample=merged(reference.sample, new, SAMPLED),
        clients=None if reference.clients is None else probing.step(reference.clients, batch),
    )


def limits(reference: Reference) -> Limits | None:
    """What the reference's clients reach; None if it names fewer than ten."""
    if reference.clients is None or len(reference.clients.traces) < 10:
        return None
    return probing.limits_from(reference.clients)


def to_bytes(reference: Reference) -> bytes:
    """The canonical form."""
    return keep.to_bytes(reference)


def from_bytes(data: bytes, where: str) -> Reference:
    """A reference that was kept; only `CasemateError` leaves."""
    return keep.from_bytes(data, Reference, where)
