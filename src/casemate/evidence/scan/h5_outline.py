"""What an HDF5 file holds, whoever reads it: h5_classic.py here, or h5py in a process of its own (h5.py)."""

from __future__ import annotations

from dataclasses import dataclass


class NoAnswer(Exception):
    """Nobody could read it; says why."""


Named = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Outline:
    """Names of places with what is there: configurations and other texts, what lies outside the file, spans of values
    in the file, and what was not read and why."""

    configs: tuple[tuple[str, bytes], ...]
    texts: tuple[tuple[str, bytes], ...]
    outside: tuple[Named, ...]
    spans: tuple[tuple[str, int, int], ...]
    unread: tuple[Named, ...]
