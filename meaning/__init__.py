"""Distinct texts, their vectors and where they occur: indexed in files, searched and resampled.

Imports no FiftyOne: :mod:`..views` reads the texts of a dataset and turns results into views.
"""
