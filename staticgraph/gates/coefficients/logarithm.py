"""Numbers of the logarithm kernels, made by `python -m tools.coefficients logarithm --write`."""

from ..formats import Constant

LN2_CUT = Constant(
    (0.6931471805601177, -1.7239444525614835e-13,),
    (0.693145751953125, 1.428606765330187e-06,),
)
"""The logarithm of 2, cut in two; a whole exponent times the first part is exact."""

LOG10_2_CUT = Constant(
    (0.3010299956640665, -8.532344317057107e-14,),
    (0.301025390625, 4.605039066518657e-06,),
)
"""The logarithm of 2 to the base 10, cut likewise."""

ONE_OVER_LN2 = Constant(
    (1.4426950408889634, 2.0355273740931033e-17,),
    (1.4426950216293335, 1.925963033500011e-08,),
)
"""What makes a natural logarithm one to the base 2."""

ONE_OVER_LN10 = Constant(
    (0.4342944819032518, 1.098319650216765e-17,),
    (0.4342944920063019, -1.0103049952192578e-08,),
)
"""What makes a natural logarithm one to the base 10."""

ONE_TWELFTH = Constant(
    (0.08333333333333333, 4.625929269271485e-18,),
    (0.0833333358168602, -2.4835269396561444e-09,),
)
"""The first coefficient of `(2 atanh(s / 2) - s) / s**3` in powers of `s**2`."""

LOG_TAIL = Constant(
    (),
    (-0.49999988079071045, 0.33333325386047363, -0.25001609325408936, 0.20002004504203796, -0.16608409583568573, 0.14180850982666016,
     -0.13248087465763092, 0.12912987172603607, -0.07619057595729828,),
)
"""`(log(1 + f) - f) / f**2`, weighted by `f**2 / log(1 + f)`. Weighted error 2**-27.8."""

ATANH_TAIL = Constant(
    (0.0125, 0.002232142857142307, 0.0004340277778486274, 8.877840571588341e-05, 1.878012230296768e-05, 4.068233788956735e-06,
     9.00637013110549e-07, 2.0544833453487126e-07,),
    (0.012500000186264515, 0.0022321208380162716, 0.0004343402397353202, 8.975163655122742e-05,),
)
"""What follows that coefficient, over `s**2`. Relative error 2**-54.0 and 2**-26.0."""
