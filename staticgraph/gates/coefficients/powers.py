"""Numbers of the powers kernels, made by `python -m tools.coefficients powers --write`."""

from ..formats import Constant

ONE_OVER_CBRT = Constant(
    (2.2241365840485066, -3.7539548487598986, 5.709163451399866, -5.467075225940375, 3.21810440467164, -1.1281757352775879,
     0.21562027241819845, -0.017264593300444293,),
    (2.015136480331421, -2.386774778366089, 2.306124687194824, -1.2355939149856567, 0.3345319628715515, -0.03568721190094948,),
)
"""`x ** (-1/3)`, where Newton's iteration begins. Relative error 2**-10.8 and 2**-8.4."""
