"""The detectors: one file each. Each says at its top what it finds, what it guarantees, and where that comes from."""
