"""Publishes datasets on the Hugging Face Hub, and loads them back.

``facts`` counts what a dataset holds, ``card`` and ``preview`` describe it, ``stage`` lays out the
files that ``load_from_hub`` reads, and ``publish`` pushes them. ``load`` fetches and imports a
repository; ``hub`` retries requests for both. ``upgrade`` adds what a dataset of the published
subset's shape lacks, and ``zoo`` makes the package a dataset of FiftyOne's zoo.
"""
