"""A measurement that could not be taken. Not an error of the file: the thing stays unknown, and the report says so."""


class Gap(Exception):
    """Why nothing was measured, in one line."""
