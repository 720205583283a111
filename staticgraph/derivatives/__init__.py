"""Derivatives as graphs: nodes in, nodes out."""
