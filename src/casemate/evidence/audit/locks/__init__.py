"""Readers of lock formats. One format is one file: `recognise(text)` is total, `read(text)` gives a Lock.

A reader raises CasemateError and nothing else, opens no file (`text.follow` does that for those that include others),
and names the line of each package where the format lets it.
"""
