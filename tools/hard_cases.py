"""Arguments that are known to be hard.

Most of a function's cases here are worst cases for correct rounding in double precision: arguments whose result is extremely close to
the middle of two numbers, or to a number (V. Lefevre and J.-M. Muller, "Worst cases for correct rounding of the elementary functions
in double precision", ARITH 2001). Those of the trigonometric functions have also the numbers that are closest to a multiple of pi/2
(J.-M. Muller, "Elementary Functions", chapter on range reduction), in both precisions, and angles that are huge.
"""

ANGLES = """
    0x1.6ac5b262ca1ffp+849 0x1.f38db4p+95 0x1p+1000 0x1p+1023 0x1p+120 0x1.fffffffffffffp+1023 0x1.fffffep+127 0x1.0cep+73
    0x1.921fb54442d18p-1 0x1.921fb54442d18p+0 0x1.2d97c7f3321d2p+1 0x1.921fb54442d18p+1 0x1.921fb54442d18p+2 0x1.921fb6p+0
    0x1.921fb4p+0 0x1.921fb6p+1 0x1p+22 0x1p+23 0x1p+24 0x1p+31 0x1p+32 0x1p+52 0x1p+53 0x1p+62 0x1p+63 0x1p+64
"""
LOGARITHMS = """
    0x1.0000000000001p0 0x2.0012ecb039c9cp0 0x6.46a37fd503fdcp0 0x7.78dfecc7f57fp0 0x9.588ccf24bb9c8p0 0xa.af87550d97e4p0
    0xc.76f2496cb039p0 0x11.1867637cbd03p0 0x13.d9d7d597a9ddp0 0x17.f3825778aaafp0 0x1ac.50b409c8aeep0 0x1.de7cd6751029ap16
"""

HARD_CASES = {
    "exp": """
        -0x1.e8bdbfcd9144ep3 -0x1.71e0b869b5e79p2 -0x1.02393d5976769p1 -0x1.2a9cad9998262p0 -0x1.cc37ef7de7501p0 -0x1.22e24fa3d5cf9p-1
        -0x1.dc2b5df1f7d3dp-1 -0x1.290ea09e36479p-3 -0x1.a2fefefd580dfp-13 -0x1.ed318efb627eap-27 -0x1.4bd46601ae1efp-31
        0x1.9e9cbbfd6080bp-31 0x1.d7a7d893609e5p-26 0x1.ba07d73250de7p-14 0x1.d77fd13d27fffp-11 0x1.6a4d1af9cc989p-8
        0x1.accfbe46b4ef0p-1 0x1.aca7ae8da5a7bp0 0x1.d6336a88077aap0 0x2.85dc78fb8928cp0 0x1.76e7e5d7b6eacp3 0x1.a8ead058bc6b8p3
        0x1.1d5c2daebe367p4 0x1.c44ce0d716a1ap4
    """,
    "exp2": "0x1.16a76ec41b516p-1 0x1.3e34fa6ab969ep-1 0x1.4a63ff1d53f53p-1 0x1.b32a6c92d1185p-1 0x1.25dd9eedac79ap+0",
    "log": LOGARITHMS, "log2": LOGARITHMS, "log10": LOGARITHMS + " ".join(float(10**power).hex() for power in range(23)),
    "sin": ANGLES + """
        0x1.e0000000001c2p-20 0x1.598bae9e632f6p-7 0x1.9283586503fep-5 0x1.d7bdcd778049fp-5 0x1.a202b3fb84788p-4
        0x1.d037cb27ee6dfp-3 0x1.d5064e6fe82c5p-3 0x1.fe767739d0f6dp-2 0x1.d98c4c612718dp-1 0x1.6756745770a51p+1
    """,
    "cos": ANGLES + """
        0x1.8000000000009p-23 0x1.8000000000024p-22 0x1.2000000000f30p-18 0x1.06b505550e6b2p-9 0x1.97ccd3d2c438fp-6
        0x1.549ec0c0c5afap-5 0x1.16e534ee36580p-4 0x1.efeef61d39ac2p-3 0x1.feb1f7920e248p-2 0x1.7cb7648526f99p-1
        0x1.c65a170474549p-1 0x1.6b8a6273d7c21p+0
    """,
    "tan": ANGLES + """
        0x1.dfffffffffff1fp-22 0x1.67ffffffffa114p-18 0x1.50486b2f87014p-5 0x1.52c39ef070cadp-4 0x1.a33f32ac5ceb5p-3
        0x1.d696bfa988db9p-2 0x1.46ac372243536p-1 0x0.a3561b9121a9bp+0
    """,
    "arcsin": """
        0x1.dfffffffff02ep-20 0x1.dfffffffffc0b8p-19 0x1.9259e3708bd3ap-5 0x1.d77b117f230d6p-5 0x1.a1490c8c06ba7p-4
        0x1.9697cb602c582p-3 0x1.d0ef799001ba9p-3 0x1.e9950730c4696p-2 0x1.1ed06d50f7e88p-1 0x1.d5b05a89d3e77p-1 0x1.e264357ea0e29p-1
    """,
    "arccos": "0x1.fd737be914578p-11 0x1.1d165340027bcp-1 0x1.4182199998587p-1 0x1.e45a1c93651ecp-1 0x1.f10fc61e2c78fp-1",
    "arctan": """
        0x1.e000000000546p-21 0x1.22e8d75e2bc7fp-11 0x1.0fc9f1fabe658p-5 0x1.1bbe9c255698dp-5 0x1.8ddd25ab90ca1p-5
        0x1.5389e6df41979p-4 0x1.a933fe176b375p-3 0x1.0f6e5d9960397p-2 0x1.7ba49f739829fp-1 0x0.bdd24fb9cc14f8p+0
        0x1.f3272ebf53d20p-2
    """,
    "sinh": """
        0x1.dfffffffffe3ep-20 0x1.dfffffffffe3e0p-18 0x1.135e31fdd05d3p-5 0x1.0dc68d5e8f959p-3 0x1.616cc75d49226p-2
        0x1.3ffc12b81cbc2p+0 0x2.fe008c44baca2p+0 0x1.c089fcf166171p+4 0x1.e07e71bfcf06fp+5 0x1.54cd1fea7663ap+7 0x1.d6479eba7c971p+8
    """,
    "cosh": """
        0x1.17d8a9f206217p-6 0x1.bf0305e2c6c37p-3 0x1.03923f2b47c07p-1 0x1.a6031cd5f93bap-1 0x1.104b648f113a1p+0 0x1.ea5f2f2e4b0c5p+1
    """,
    "cbrt": " ".join(float(number**3).hex() for number in range(1, 20)),
}  # fmt: skip

WORST_SINGLE = {
    "softplus": "-0x1.adaf42p+1", "log_ndtr": "0x1.37e6aep-2", "tan": "0x1.c361fcp+3", "expm1": "0x1.5d1ab4p+6", "sinh": "0x1.ad5af4p-1",
    "cosh": "0x1.6df2ecp-7", "tanh": "0x1.0156dep-3", "arcsinh": "0x1.001bacp-3", "arccosh": "0x1.0071acp+0", "log": "0x1.1e2eeep+0",
    "log2": "0x1.1f610ap+0", "log10": "0x1.1f14c4p+0", "log1p": "0x1.e9a3c8p-4", "erf": "0x1.b4103cp-1", "erfc": "0x1.a3e4ecp-1",
    "ndtr": "-0x1.622258p-1", "exp": "-0x1.5da12p+6", "exp2": "-0x1.f8dfbp+6", "sigmoid": "-0x1.58194ep+6", "sin": "0x1.95301ap-4",
    "cos": "0x1.ab5432p+0", "arcsin": "0x1.10f94ep-1", "arccos": "0x1.161ccep-1", "arctan": "0x1.01191ep-3", "arctanh": "0x1.01e402p-2",
}  # fmt: skip
"""Where functions of one argument have their largest error of all in float32, as `python -m tools.every_single` has found."""

EXACT_POWERS = [(float(base), float(exponent)) for base in (2, 3, 5, 7, 10, -3) for exponent in (-3, -1, 2, 3, 5, 10, 13)]
HARD_PAIRS = {
    "power": [
        *EXACT_POWERS, (2.25, 0.5), (4.0, 1.5), (0.25, -0.5), (1 + 2**-52, 2.0**60), (1 - 2**-53, 2.0**62), (1 + 2**-23, 2.0**29),
        (1 - 2**-24, 2.0**30), (-1.0, 2.0**53 - 1), (-1.0, 1e300), (2.0, 1023.0), (2.0, -1074.0), (2.0, -149.0), (2.0, 127.0),
        (10.0, 308.0), (10.0, -323.0), (0.5, 1074.0), (-8.0, 1 / 3), (5e-324, 0.5), (1e-40, 0.5), (0.1, 2.0), (1.5, 1e-300),
    ],
    "arctan2": [
        (0.0, 1.0), (1.0, -1.0), (1.0, 1.0), (5e-324, 1.0), (1.0, 5e-324), (5e-324, -5e-324), (1e-40, 1e-40), (1e-310, 1e308),
        (1.0, -1e308), (1.7e308, 1.7e308), (3e38, -3e38), (2.0**-53, -1.0), (1.0, -(2.0**-53)), (0.0, 5.0), (1e-300, -1e300),
        (-2.737282581722531e-28, 5.51222720499004e-28),
    ],
    "hypot": [
        (3.0, 4.0), (5.0, 12.0), (5e-324, 5e-324), (1e-45, 1e-45), (1e-310, 1e-310), (1e-40, 1e-40), (1.2e308, 1.2e308), (1.3e308, 1.3e308),
        (2.4e38, 2.4e38), (2.5e38, 2.5e38), (1.0, 2.0**-26), (1.0, 2.0**-27), (1.0, 2.0**-12), (1.0, 0.0), (1e300, 1e-300), (1.0, 1.0),
    ],
}  # fmt: skip
