"""Readers of strangers' files under mutated and invented input: `python -m tests.fuzz --minutes 10`."""
