"""Doors in: model files and foreign code become a graph."""
