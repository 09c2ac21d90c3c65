"""The only package that uses FiftyOne's private parts.

FiftyOne has no public access to a dataset's MongoDB collection, a view's pipeline and stages, or
the document behind a field. Each function here provides one of these and says why it is needed;
``tests/test_internals.py`` compares each with FiftyOne's public results, so that an incompatible
release of FiftyOne fails there first. A test checks that no other module uses a private attribute.
"""
