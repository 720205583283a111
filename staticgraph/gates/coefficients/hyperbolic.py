"""Numbers of the hyperbolic kernels, made by `python -m tools.coefficients hyperbolic --write`."""

from ..formats import Constant

SINH_TAIL = Constant(
    (0.16666666666666666, 0.008333333333337188, 0.00019841269815585257, 2.7557379118091012e-06, 2.4995101152752548e-08,
     3.5058299298845675e-10,),
    (0.1666666716337204, 0.008332982659339905, 0.00020166172180324793,),
)
"""`(sinh(r) - r) / r**3` of the square of `r`. Relative error 2**-54.0 and 2**-25.0."""

COSH_TAIL = Constant(
    (0.5, 0.04166666666666667, 0.0013888888888882141, 2.480158733007814e-05, 2.755726885181168e-07, 2.0916393868640197e-09,),
    (0.5, 0.041666511446237564, 0.0013930541463196278,),
)
"""`(cosh(r) - 1) / r**2` of the square of `r`. Relative error 2**-64.3 and 2**-28.2."""
