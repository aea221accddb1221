"""Monitor: what a log of predictions says about drift, confidence, and who is probing the model.

A reader gives `Batch`es. A sketch (`sketch.py`) counts them by hour, and can be merged in any order; each detector in
detectors/ is a pure `step(config, state, batch)` with `alarms` and `readings`; `state.py` runs all of them at once and
can be written down. No file, clock or network is touched here, and nothing but numpy is needed.
"""
