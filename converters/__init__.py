"""From records and videos to clips and a data set."""
