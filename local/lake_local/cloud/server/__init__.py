"""The server process of a lake: AWS's own APIs, on 127.0.0.1."""
