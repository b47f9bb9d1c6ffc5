-- What each database of a warehouse has: Redshift's rights on the schema public, and a schema of functions and views of ours.
GRANT CREATE, USAGE ON SCHEMA public TO PUBLIC;
CREATE SCHEMA IF NOT EXISTS rs;
GRANT USAGE ON SCHEMA rs TO PUBLIC;
