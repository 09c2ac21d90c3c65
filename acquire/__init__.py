"""Gets what is not on disk: videos from the web, politely, and no more of them than is needed."""
