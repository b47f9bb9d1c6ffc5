"""The demonstration: real-looking data through the whole lake, with every number taken from its APIs."""
