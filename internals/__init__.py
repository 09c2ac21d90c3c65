"""The one place that uses what FiftyOne keeps private.

FiftyOne gives no public access to a dataset's MongoDB collection, a view's pipeline and stages, or
the document behind a field. Each function here does one such thing and says why it is needed;
``tests/test_internals.py`` holds each against FiftyOne's public results, so that an upgrade of
FiftyOne that breaks one fails there first. No other module touches a private attribute (a test
looks).
"""
