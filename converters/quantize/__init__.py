"""Variants of the float32 graph that store or compute in fewer bits."""
