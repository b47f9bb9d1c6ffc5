"""The numpy and pandas layers for AWS Lambda: built from hash-locked requirements, and packed for the npm package."""
