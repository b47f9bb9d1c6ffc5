"""A Glue job that fails."""

raise SystemExit("this job fails, as its test asks for")
