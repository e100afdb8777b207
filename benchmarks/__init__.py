"""Timing and scoring of converted models."""
