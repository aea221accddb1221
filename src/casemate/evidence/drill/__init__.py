"""Drills: the deploy command gets models that it must refuse. `drill` tries them, `measure` states what came out."""
