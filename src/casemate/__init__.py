"""Casemate: threat modelling for AI systems whose every claim rests on evidence."""

__version__ = "0.1.0"
