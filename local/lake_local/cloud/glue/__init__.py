"""AWS Glue on this machine: jobs on real Spark, crawlers, triggers and workflows."""
