"""Does the deploy path refuse a bad model? Its own command is tried on a good copy and on four bad ones.

    good       the model with its signature: must be taken (exit code 0), or the drill shows nothing
    flipped    one bit of its largest file is another      added      one byte more; in a folder one file more
    foreign    signed as well, by a key made for this      unsigned   without a signature

A bad one is refused when the command ends with another code than 0. One that it dies of, or does not end with in time,
is no refusal: whoever dies of a model has loaded it. All copies have the model's name and lie in a temporary folder.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from casemate.core import files
from casemate.core.errors import CasemateError
from casemate.evidence.sign import keys, make, tree

BAD = {
    "flipped": "the model with one bit flipped",
    "added": "the model with something added",
    "foreign": "the model signed by a key that is not ours",
    "unsigned": "the model without a signature",
}
REFUSED, TAKEN, UNKNOWN = "refused", "taken", "unknown"
TAIL = 4000  # bytes of the command's output that are looked at for its last line


@dataclass(frozen=True, slots=True)
class Order:
    """What to try. command: words with `{model}`, and where it wants them `{signature}` and `{folder}` (an empty one).

    root: where the command is started; signature: the file of the good one; version: what the good one says.
    """

    command: tuple[str, ...]
    root: Path
    model: Path
    signature: Path
    today: date
    seconds: int
    version: int | None = None


@dataclass(frozen=True, slots=True)
class Drilled:
    """What became of the good model, and of each bad one: refused, taken or unknown. why: the command's last line."""

    good: str
    why: str
    bad: dict[str, str]


def drill(order: Order) -> Drilled:
    """Try all of them, the good one first. Fails with CasemateError when copies cannot be made or nothing starts."""
    try:
        with tempfile.TemporaryDirectory(prefix="casemate-drill-") as name:
            return _drilled(order, Path(name))
    except (OSError, shutil.Error) as e:
        why = getattr(e, "strerror", None) or str(e)[:200]
        raise CasemateError(
            order.model.name, f"could not be copied for a drill ({why})", "make room, try again"
        ) from None


def _drilled(order: Order, folder: Path) -> Drilled:
    model, signature = _copies(order, folder)
    good, why = _tried(order, model, signature, folder)
    if good != TAKEN:
        return Drilled(UNKNOWN if good == UNKNOWN else REFUSED, why, {})
    bad = {}
    for case in BAD:
        with _made(case, order, model, signature, folder):
            bad[case] = _tried(order, model, signature, folder)[0]
    return Drilled(TAKEN, why, bad)


def _copies(order: Order, folder: Path) -> tuple[Path, Path]:
    """The model and its signature as they lie to each other, in a folder of their own."""
    model = folder / "in" / order.model.name
    model.parent.mkdir()
    if files.kind(order.model) == "folder":
        shutil.copytree(order.model, model, symlinks=True)
    else:
        shutil.copyfile(order.model, model)
    inside = model / "model.sig"
    if order.signature.resolve() == (order.model / "model.sig").resolve() and inside.exists():
        return model, inside
    signature = model.with_name(order.signature.name)
    shutil.copyfile(order.signature, signature)
    return model, signature


@contextmanager
def _made(case: str, order: Order, model: Path, signature: Path, folder: Path) -> Iterator[None]:
    """The copy as this case has it; as it was before when the case is over."""
    if case in ("foreign", "unsigned"):
        kept = signature.read_bytes()
        signature.unlink()
        if case == "foreign":
            signature.write_text(_foreign(order, model, signature, folder), "utf-8")
        yield
        signature.unlink(missing_ok=True)
        signature.write_bytes(kept)
        return
    target = _largest(model, signature)
    if case == "flipped":
        _flip(target)
        yield
        _flip(target)
        return
    extra = model / "added.bin" if model.is_dir() else None
    if extra is not None:
        extra.write_bytes(b"\0")
        yield
        extra.unlink(missing_ok=True)
        return
    size = target.stat().st_size
    with target.open("ab") as f:
        f.write(b"\0")
    yield
    os.truncate(target, size)


def _foreign(order: Order, model: Path, signature: Path, folder: Path) -> str:
    """A good signature by a key that nobody knows, with the same name and version."""
    path, _ = keys.new_pair(folder / "foreign", "p256", None)
    key = keys.read_private(path)
    for written in (path, path.with_name("foreign.pub")):
        written.unlink()
    return make.sign(make.Order(model, key, order.today, signature, version=order.version)).text


def _largest(model: Path, signature: Path) -> Path:
    if not model.is_dir():
        return model
    names = (model / n for n in tree.listing(model).files)
    return max((p for p in names if p != signature), key=lambda p: (p.stat().st_size, str(p)))


def _flip(path: Path) -> None:
    """The lowest bit of the byte in the middle."""
    path.chmod(0o600)
    with path.open("r+b") as f:
        f.seek(max(path.stat().st_size // 2, 0))
        byte = f.read(1)
        if byte:
            f.seek(-1, os.SEEK_CUR)
            f.write(bytes([byte[0] ^ 1]))


def _tried(order: Order, model: Path, signature: Path, folder: Path) -> tuple[str, str]:
    """What the command does with what lies there now, and the last line that it says."""
    out = Path(tempfile.mkdtemp(dir=folder, prefix="out"))
    words = {"{model}": str(model), "{signature}": str(signature), "{folder}": str(out)}
    command = list(order.command)
    for mark, path in words.items():
        command = [w.replace(mark, path) for w in command]
    with (folder / "said").open("w+b") as said:
        code = _ended(command, order, said.fileno())
        said.seek(max(0, said.seek(0, os.SEEK_END) - TAIL))
        last = said.read().decode("utf-8", "replace").strip().rpartition("\n")[2]
    shutil.rmtree(out, ignore_errors=True)
    found = UNKNOWN if code is None or code < 0 else REFUSED if code else TAKEN
    return found, "it did not end in time" if code is None else tree.shown(last) or f"exit code {code}"


def _ended(command: list[str], order: Order, said: int) -> int | None:
    """The exit code; None when it did not end in time. Whatever it started in its session ends with it."""
    try:
        p = subprocess.Popen(  # noqa: S603  running it is what we are asked to
            command, cwd=order.root, stdin=subprocess.DEVNULL, stdout=said, stderr=said, start_new_session=True
        )
    except (OSError, ValueError) as e:
        why = getattr(e, "strerror", None) or str(e)
        raise CasemateError(command[0], f"cannot be run ({why})", "check the `run:` of the drill") from None
    try:
        return p.wait(order.seconds)
    except subprocess.TimeoutExpired:
        return None
    finally:
        with suppress(OSError, AttributeError):  # Windows has no groups of processes
            os.killpg(p.pid, signal.SIGKILL)
        p.kill()
        p.wait()
