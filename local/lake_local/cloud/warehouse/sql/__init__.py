"""Redshift's SQL for PostgreSQL: what is known to give the same answer, and nothing else."""
