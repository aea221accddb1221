"""Countermeasures that run: one guard = one file, to stand in front of a model as a wrapper or as ASGI middleware.

Every file of this folder whose name begins with a letter is a guard. What puts guards to use stands in folders:
`wrapper/` for classifiers as scikit-learn has them, `asgi/` for web applications, `recipes/` for training.
"""
