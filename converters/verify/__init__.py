"""Running artifacts and holding them against the source model."""
