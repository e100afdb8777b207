"""Tests of zoo.providers."""
