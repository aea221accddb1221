"""The shelf of canaries: a weakness planted in a copy, one for each goal, that every attack of the goal must find.

Zimmermann et al. 2022, Increasing Confidence in Adversarial Robustness Evaluations: such a test finds most of the
evaluations that were too weak. One goal = one file with `plant(case)`, which gives the case with another model.
"""
