"""A program of its own that reads the outline of one HDF5 file with h5py, and nothing else of it.

The HDF5 library is native code and hostile files have crashed it, so it runs in this process, which holds no file, no
key and no more than a bounded share of memory and time. It asks its parent (h5.py) for bytes by `R`, offset and size on
its output, gets them on its input, and ends with `E`, a length and JSON.

No dataset is read, and no link is followed but hard ones: soft, external and user-defined links, external storage and
virtual datasets are told, never opened. h5py is imported here alone.
"""

from __future__ import annotations

import base64
import io
import json
import os
import struct
import sys
from typing import Any

MEMORY, SECONDS = 2 << 30, 10
PAGE = 1 << 16
OBJECTS = 100_000
MOST = 4_000_000  # bytes of one attribute
TOTAL = 16_000_000  # of all that are handed over
VALUES = 10_000  # of one attribute
WANTED = frozenset((b"model_config", b"training_config", b"keras_version"))


class Asked(io.RawIOBase):
    """The file, page by page from the parent."""

    def __init__(self, size: int) -> None:
        self.size, self.at = size, 0
        self.pages: dict[int, bytes] = {}

    def page(self, number: int) -> bytes:
        """One page, from the last few that came or from the parent."""
        if number not in self.pages:
            if len(self.pages) > 256:
                self.pages.clear()
            begin = number * PAGE
            size = min(PAGE, self.size - begin)
            sys.stdout.buffer.write(b"R" + struct.pack(">QQ", begin, size))
            sys.stdout.buffer.flush()
            self.pages[number] = sys.stdin.buffer.read(size)
        return self.pages[number]

    def readable(self) -> bool:
        """It is."""
        return True

    def seekable(self) -> bool:
        """It is."""
        return True

    def tell(self) -> int:
        """The place."""
        return self.at

    def seek(self, at: int, whence: int = 0) -> int:
        """Go to a place."""
        self.at = at + (0, self.at, self.size)[whence]
        return self.at

    def readinto(self, into: Any) -> int:
        """The bytes from the place on, as many as there are."""
        view = memoryview(into).cast("B")
        done = 0
        while done < len(view) and self.at < self.size:
            start = self.at % PAGE
            part = self.page(self.at // PAGE)[start : start + len(view) - done]
            if not part:
                break
            view[done : done + len(part)] = part
            done, self.at = done + len(part), self.at + len(part)
        return done


class Told:
    """What was seen, whoever reads the file (h5_classic.py does, too). `left` bytes of texts may still be kept."""

    def __init__(self) -> None:
        self.said: dict[str, list[Any]] = {"configs": [], "texts": [], "outside": [], "spans": [], "unread": []}
        self.left = TOTAL

    def text(self, path: str, name: bytes, text: bytes) -> None:
        """Keep the text of an attribute that is a configuration, or that may be a pickle by its ends."""
        wanted = name in WANTED
        if not wanted and text[:1] != b"\x80" and text[-1:] != b".":
            return
        where = f"{path} {name.decode('utf-8', 'replace')}"[:1000]
        self.left -= len(text)
        if len(text) > MOST or self.left < 0:
            self.said["unread"].append([where, "is too long"])
        else:
            self.said["configs" if wanted else "texts"].append([where, text])

    def span(self, path: str, at: int, size: int) -> None:
        """Values that lie at one place of the file."""
        if len(self.said["spans"]) < OBJECTS:
            self.said["spans"].append([path, at, size])


def below(path: str, name: bytes) -> str:
    """The path of what a group calls by a name."""
    return f"{path.rstrip('/')}/{name.decode('utf-8', 'replace')}"[:1000]


class Outline(Told):
    """What h5py sees."""

    def __init__(self, h5py: Any) -> None:
        super().__init__()
        self.h5 = h5py
        self.seen: set[Any] = set()

    def walk(self, file: Any) -> None:
        """Every object that hard links lead to, each once."""
        todo = [("/", self.h5.h5g.open(file, b"/"))]
        while todo:
            path, thing = todo.pop()
            where = self.h5.h5o.get_info(thing).addr
            if where in self.seen:
                continue
            self.seen.add(where)
            if len(self.seen) > OBJECTS:
                self.said["unread"].append([path, f"has more than {OBJECTS:,} objects"])
                return
            self.attributes(path, thing)
            if isinstance(thing, self.h5.h5d.DatasetID):
                self.dataset(path, thing)
            elif isinstance(thing, self.h5.h5g.GroupID):
                todo.extend(self.children(path, thing))

    def children(self, path: str, group: Any) -> list[tuple[str, Any]]:
        """What hard links lead to; other links are told."""
        found = []
        for name in [group.get_objname_by_idx(i) for i in range(group.get_num_objs())]:
            here = below(path, name)
            kind = group.links.get_info(name).type
            if kind == self.h5.h5l.TYPE_HARD:
                try:
                    found.append((here, self.h5.h5o.open(group, name)))
                except Exception as e:  # whatever the library says, the object is not read
                    self.said["unread"].append([here, f"cannot be opened ({type(e).__name__})"])
            elif kind == self.h5.h5l.TYPE_EXTERNAL:
                to = group.links.get_val(name)[0].decode("utf-8", "replace")[:200]
                self.said["outside"].append([here, f"is a link into another file, {to!a}"])
            elif kind != self.h5.h5l.TYPE_SOFT:
                self.said["outside"].append([here, "is a link of a kind that programs define"])
        return found

    def dataset(self, path: str, data: Any) -> None:
        """Where its values lie: in the file at one place, in pieces, or outside."""
        plan = data.get_create_plist()
        for i in range(plan.get_external_count()):
            name = plan.get_external(i)[0].decode("utf-8", "replace")[:200]
            self.said["outside"].append([path, f"has its values in another file, {name!a}"])
        if plan.get_layout() == self.h5.h5d.VIRTUAL:
            names = {plan.get_virtual_filename(i) for i in range(plan.get_virtual_count())} - {"."}
            for name in sorted(names):
                self.said["outside"].append([path, f"is put together from another file, {name[:200]!a}"])
        elif (at := data.get_offset()) is not None:
            self.span(path, at, data.get_storage_size())

    def attributes(self, path: str, thing: Any) -> None:
        """The texts among its attributes: configurations, and what may be a pickle."""
        h5a = self.h5.h5a
        for i in range(h5a.get_num_attrs(thing)):
            one = h5a.open(thing, index=i)
            if not isinstance(one.get_type(), (self.h5.h5t.TypeStringID, self.h5.h5t.TypeOpaqueID)):
                if one.name in WANTED:
                    self.said["unread"].append([path, f"has {one.name.decode()} that is no text"])
                continue
            for text in self.texts(one):
                self.text(path, one.name, text)

    def texts(self, one: Any) -> list[bytes]:
        """The values of an attribute as bytes."""
        import numpy

        if one.shape is None or one.get_space().get_simple_extent_npoints() > VALUES:  # none is a space without values
            return []
        kind = one.get_type()
        opaque = not isinstance(kind, self.h5.h5t.TypeStringID)  # h5py would make dates of some
        values = numpy.zeros(one.shape, dtype=f"V{kind.get_size()}" if opaque else one.dtype)
        if isinstance(kind, self.h5.h5t.TypeStringID) and kind.is_variable_str():
            one.read(values)
        else:
            one.read(values, kind)  # as it lies there: made a text by the library, it would end at the first zero
        found = []
        for value in values.reshape(-1).tolist() if values.dtype.kind != "V" else [v.tobytes() for v in values.flat]:
            found.append(value.encode("utf-8", "surrogateescape") if isinstance(value, str) else bytes(value or b""))
        return found


def bounded() -> None:
    """No more memory, time or files than this."""
    try:
        import resource
    except ImportError:  # Windows; there the parent's time limit holds alone
        return
    for limit, most in ((resource.RLIMIT_AS, MEMORY), (resource.RLIMIT_CPU, SECONDS), (resource.RLIMIT_CORE, 0)):
        hard = resource.getrlimit(limit)[1]
        most = most if hard == resource.RLIM_INFINITY else min(most, hard)
        resource.setrlimit(limit, (most, hard))


def main() -> None:
    """Read the file that the parent has."""
    os.environ.update(HDF5_PLUGIN_PRELOAD="::", OPENBLAS_NUM_THREADS="1", HDF5_USE_FILE_LOCKING="FALSE")
    import h5py

    bounded()
    outline = Outline(h5py)
    try:
        with h5py.File(Asked(int(sys.argv[1])), "r") as file:
            outline.walk(file.id)
    except Exception as e:  # h5py raises of every kind
        outline.said["unread"].append(["/", f"cannot be read ({type(e).__name__})"])
    out = json.dumps(outline.said, default=lambda text: base64.b64encode(text).decode()).encode()
    sys.stdout.buffer.write(b"E" + struct.pack(">Q", len(out)) + out)
    sys.stdout.buffer.flush()


if __name__ == "__main__":
    main()
