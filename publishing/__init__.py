"""Shares data sets through the Hugging Face Hub, and loads them back.

``facts`` counts what a data set holds, ``card`` and ``preview`` describe it by that, ``stage`` lays
out what `load_from_hub` reads, ``hub`` talks to the Hub with patience, and ``publish`` and ``load``
run it all. ``upgrade`` gives a data set that others published what it lacks.
"""
