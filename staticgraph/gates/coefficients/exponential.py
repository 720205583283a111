"""Numbers of the exponential kernels, made by `python -m tools.coefficients exponential --write`."""

from ..formats import Constant

LN2 = Constant(
    (0.6931471805599453, 2.3190468138462996e-17,),
    (0.6931471824645996, -1.9046542121259336e-09,),
)
"""The logarithm of 2, cut in two."""

LOG2_E = Constant(
    (1.4426950408889634,),
    (1.4426950216293335,),
)
"""How many doublings `e` is."""

EXP_CUBIC = Constant(
    (0.1666666666666668, 0.041666666666666415, 0.008333333333319278, 0.0013888888889032913, 0.00019841269891802306, 2.4801587023818645e-05,
     2.7557238773501548e-06, 2.75575291549792e-07, 2.5110842331194735e-08, 2.083722467569034e-09,),
    (0.1666666567325592, 0.041666463017463684, 0.008333570323884487, 0.0013935077004134655, 0.0001974022015929222,),
)
"""`(exp(r) - 1 - r - r**2 / 2) / r**3` within half a doubling, the error weighted by `r**3 / exp(r)`. Weighted error 2**-63.8 and
2**-33.3."""
