"""What runs in the export's child process: torch is imported here, then foreign code. Nothing outside of it imports this package."""
