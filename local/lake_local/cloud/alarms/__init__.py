"""CloudWatch's alarms, decided as AWS documents it, on metrics that are really put."""
