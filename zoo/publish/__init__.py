"""What goes into a publication, and where it goes."""
