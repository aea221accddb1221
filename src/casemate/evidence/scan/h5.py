"""Ask h5_reader.py, in a process of its own, what an HDF5 file holds that h5_classic.py leaves to the library.

It gets bytes of this file and nothing else. Whatever happens there (a crash, no end,
nonsense as an answer), here it is no outline, and the file inconclusive.
"""

from __future__ import annotations

import json
import struct
import subprocess
import sys
from base64 import b64decode
from importlib.util import find_spec
from pathlib import Path
from threading import Timer
from typing import IO, Any

from casemate.evidence.scan.data import Data, piece
from casemate.evidence.scan.h5_outline import NoAnswer, Outline

READER = Path(__file__).with_name("h5_reader.py")
SECONDS = 30  # of the wall clock; the reader stops itself after 10 of its own, and takes a tenth of one
REQUESTS = 1_000_000
LARGEST = 64_000_000  # bytes of an answer


def installed() -> bool:
    """Whether there is an h5py; it is not imported here."""
    return find_spec("h5py") is not None


def outline(data: Data) -> Outline:
    """What the file holds. Fails with NoAnswer."""
    command = [sys.executable, "-I", str(READER), str(len(data))]
    with subprocess.Popen(  # noqa: S603  our own program, with a number
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    ) as process:
        clock = Timer(SECONDS, process.kill)
        clock.start()
        try:
            return _serve(data, process)
        except (OSError, ValueError, KeyError, TypeError, RecursionError):
            raise NoAnswer("made the HDF5 reader stop") from None
        finally:
            clock.cancel()
            process.kill()


def _serve(data: Data, process: subprocess.Popen[bytes]) -> Outline:
    """Give bytes until the answer comes."""
    if process.stdin is None or process.stdout is None:
        raise NoAnswer("has no reader")
    for _ in range(REQUESTS):
        kind = process.stdout.read(1)
        if kind == b"E":
            return _answer(process.stdout)
        if kind != b"R":
            break
        at, size = struct.unpack(">QQ", _exactly(process.stdout, 16))
        process.stdin.write(piece(data, at, min(at + size, len(data))).ljust(min(size, 1 << 16), b"\0"))
        process.stdin.flush()
    process.kill()
    code = process.wait()
    raise NoAnswer(f"made the HDF5 reader crash (signal {-code})" if code < 0 else "made the HDF5 reader stop")


def _answer(out: IO[bytes]) -> Outline:
    size = int.from_bytes(_exactly(out, 8), "big")
    if size > LARGEST:
        raise ValueError
    said: dict[str, list[Any]] = json.loads(_exactly(out, size))
    return Outline(
        tuple((str(a), b64decode(b)) for a, b in said["configs"]),
        tuple((str(a), b64decode(b)) for a, b in said["texts"]),
        tuple((str(a), str(b)) for a, b in said["outside"]),
        tuple((str(a), int(b), int(c)) for a, b, c in said["spans"]),
        tuple((str(a), str(b)) for a, b in said["unread"]),
    )


def _exactly(out: IO[bytes], size: int) -> bytes:
    found = out.read(size)
    if len(found) != size:
        raise ValueError
    return found
