"""Exit codes that say how much of a job was done; argparse exits with 2."""

EXIT_OK = 0
EXIT_PARTIAL = 3
EXIT_NOTHING = 4
EXIT_INTERRUPTED = 130
