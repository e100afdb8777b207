"""Many conversions: each in a process tree of its own with limits, all kept going, told as events."""
