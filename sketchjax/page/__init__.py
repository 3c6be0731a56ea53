"""A run as one HTML file: what is in it, and how it looks."""
