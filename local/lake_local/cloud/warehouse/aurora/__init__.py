"""Aurora PostgreSQL: clusters that are PostgreSQL processes of the lake's own, and the RDS Data API."""
