"""A lake as seen from outside: through AWS's APIs, and what it is deployed from."""
