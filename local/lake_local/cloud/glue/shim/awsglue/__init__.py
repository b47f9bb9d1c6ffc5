"""The names that a Glue script imports, on plain PySpark: AWS does not publish its `awsglue` module as a package."""
