"""The formats of table files that can be read, one file each."""
