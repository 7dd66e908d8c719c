"""Layers that people wrote by hand: found, tried, compared with differences, watched, and explained."""
