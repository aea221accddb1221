"""torch: a TorchScript file, or `module:function` that is a module or makes one. White box: gradients by autograd.

Options: `shape` of one row, such as `1x8x8`; `output`, logits or probabilities where that cannot be told. The file
is read by torch.jit; weights alone (a state_dict) are no model, and pickled modules are not loaded.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from casemate.core.space import Array, Space
from casemate.evidence.redteam.loaded import Loaded, Misfit, Shown
from casemate.evidence.redteam.losses import TINY
from casemate.evidence.redteam.model import Labels
from casemate.evidence.redteam.outputs import Kind, few, kind, named, probabilities

NEEDS = ("torch", "pip install 'casemate[torch]'")
FIRST = re.compile(rb"[^/\0]{1,200}/(data\.pkl|data/|code/|constants\.pkl|version|byteorder|\.format_version|models/)")
PIECE = 1024  # rows at once: what a layer computes between may be far wider than a row
SCRIPT = "write it with torch.jit.save(torch.jit.script(model), FILE), or name a `module:function` that makes it"


def recognises(head: bytes, name: str) -> bool:
    """A zip whose first entry is one that torch writes."""
    return head[:4] == b"PK\x03\x04" and FIRST.match(head, 30) is not None


def load(source: str, shown: Shown, options: Mapping[str, Any]) -> Loaded:
    """Loads and looks at a few answers. Raises Misfit for what is no model."""
    import torch

    module = _module(torch, source).eval()
    parts = [p for p in module.parameters() if p.is_floating_point()]
    sides = [int(s) for s in str(options["shape"]).replace(",", "x").split("x")] if "shape" in options else []
    sides = sides or [len(shown.space.features)]
    net = Net(torch, module, shown, sides, parts[0].dtype if parts else torch.float32)
    try:
        first = net.outputs(few(shown.space))
    except RuntimeError:
        if parts:
            raise
        net = Net(torch, module, shown, sides, torch.float64)  # a frozen file has no parameters that say it
        first = net.outputs(few(shown.space))
    of = kind(first, options.get("output"))
    classes = named(options, probabilities(first, of).shape[1])

    def answer(rows: Array) -> Array:
        return probabilities(net.outputs(rows), of)

    return Loaded(answer, classes, gradient=lambda rows, labels, loss: net.gradient(rows, labels, loss, of))


def _module(torch: Any, source: str) -> Any:
    """From a file, or what the name stands for; a function is called to make it."""
    from casemate.evidence.redteam.child import function
    from casemate.evidence.redteam.models.callable import NAMED

    if NAMED.fullmatch(source):
        found = function(source)
        found = found if isinstance(found, torch.nn.Module) else found()
        if not isinstance(found, torch.nn.Module):
            raise Misfit(
                f"gives a {type(found).__name__}, which is no torch.nn.Module", "name a module, or what makes one"
            )
        return found
    try:
        return torch.jit.load(source, map_location="cpu")
    except RuntimeError as e:
        raise Misfit(f"is no TorchScript file ({str(e).splitlines()[0][:120]})", SCRIPT) from None


@dataclass(frozen=True)
class Net:
    """A module and the rows that it takes."""

    torch: Any
    module: Any
    shown: Shown
    sides: list[int]
    dtype: Any

    def outputs(self, rows: Array) -> Array:
        """As the module gives them, shape (n, outputs)."""
        with self.torch.no_grad():
            found = [self._flat(self._tensor(rows[at : at + PIECE])) for at in range(0, len(rows), PIECE)]
            out: Array = self.torch.cat(found).double().numpy() if found else np.zeros((0, 1))
            return out

    def gradient(self, rows: Array, labels: Labels, loss: str, of: Kind) -> Array:
        """Of the loss by the rows, shape (n, features); 0 by columns whose words are no numbers in their own order."""
        found = [
            self._slope(rows[at : at + PIECE], labels[at : at + PIECE], loss, of) for at in range(0, len(rows), PIECE)
        ]
        out = np.concatenate(found) if found else np.zeros(rows.shape)
        return np.where(smooth(self.shown.space), out, 0.0)

    def _slope(self, rows: Array, labels: Labels, loss: str, of: Kind) -> Array:
        """Rows do not meet in the sum of their losses, so its gradient is each row's own."""
        x = self._tensor(rows).requires_grad_()
        total = LOSSES[loss](self.torch, logits(self.torch, self._flat(x).double(), of), self.torch.as_tensor(labels))
        out: Array = self.torch.autograd.grad(total.sum(), x)[0].double().numpy().reshape(len(rows), -1)
        return out

    def _tensor(self, rows: Array) -> Any:
        return self.torch.as_tensor(self.shown.numbers(rows)).to(self.dtype).reshape(-1, *self.sides)

    def _flat(self, x: Any) -> Any:
        found = self.module(x)
        found = found[0] if isinstance(found, tuple) else found
        if not isinstance(found, self.torch.Tensor) or len(found) != len(x):
            raise Misfit(f"answers {len(x)} rows with a {type(found).__name__} of another length", "look at it by hand")
        return found.reshape(len(x), -1)


def smooth(space: Space) -> Any:
    """The columns by which a gradient means something, shape (features,): numbers, and words that are their places."""
    return np.array([not f.words or [*map(str, f.words)] in (["False", "True"], ["0", "1"]) for f in space.features])


def logits(torch: Any, found: Any, of: Kind) -> Any:
    """Outputs (n, outputs) as logits of every class; the one output of two classes is that of the second."""
    if of == "logits":
        return torch.cat([torch.zeros_like(found), found], 1) if found.shape[1] == 1 else found
    found = torch.cat([1 - found, found], 1) if found.shape[1] == 1 else found
    return found.clamp(min=TINY).log()


def cross_entropy(torch: Any, z: Any, labels: Any) -> Any:
    """Of logits (n, classes), in nats, shape (n,)."""
    return torch.nn.functional.cross_entropy(z, labels, reduction="none")


def dlr(torch: Any, z: Any, labels: Any) -> Any:
    """Difference of logits ratio (Croce and Hein 2020, equation 6), shape (n,); at least three classes."""
    top = z.sort(dim=1).values
    own = z.gather(1, labels[:, None])[:, 0]
    other = torch.where(own == top[:, -1], top[:, -2], top[:, -1])
    return (other - own) / (top[:, -1] - top[:, -3]).clamp(min=1e-12)


LOSSES = {"cross-entropy": cross_entropy, "dlr": dlr}
