"""The warehouse of the embedded cloud: Amazon Redshift's APIs in front of a PostgreSQL of the lake's own."""
