"""The embedded cloud: runs a synthesized CDK app whole, on this machine."""
