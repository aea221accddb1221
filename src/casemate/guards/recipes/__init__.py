"""Countermeasures that act while a model is trained. They need torch, which nothing else here imports."""
