"""A comparison of two assessments, told: text for a terminal, markdown for a pull request, json for machines."""
