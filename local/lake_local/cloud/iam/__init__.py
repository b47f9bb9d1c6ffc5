"""Who may do what: IAM's policies evaluated as AWS documents it, with the statement that decided."""
