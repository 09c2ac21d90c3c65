"""Indexes distinct texts with their vectors and occurrences in files, searches and resamples them.

Imports no FiftyOne: :mod:`..views` reads the texts of a dataset and turns results into views.
"""
