"""What the polynomials of each family of functions stand for."""
