"""The bytes of objects: large ones stay in files while they come in, are kept and go out."""
