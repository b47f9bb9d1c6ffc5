"""Makes data that look like Olist's. One module a file of the data set."""
