"""The embedded AWS: what answers AWS's APIs on 127.0.0.1. Never imports lake/, cli/ or demo/."""
