"""Where cards point to, visited: which links live, which rot, and a living mirror in the first place."""
