"""Sums over the rows of a batch in C, in the order that `machine.blocks` states."""

from ..machine.blocks import BLOCK_ROWS, RUN_ROWS

MOST_ROWS = 1 << 45
"""Rows that no memory holds: an address has 48 bits at most. So the sums that wait are few, and need no array of variable length."""
_LEVELS = (MOST_ROWS // BLOCK_ROWS).bit_length() + 1

FUNCTIONS = """\
/* Sums over rows: rows add to lanes, lanes to the sums of a block, and blocks are joined as the digits of a binary number. */
static void sums_begin_(NUMBER *target, int64_t count) {
    for (int64_t k = 0; k < count; k++) target[k] = -0.0;
}

static void sums_copy_(NUMBER *target, const NUMBER *source, int64_t count) {
    for (int64_t k = 0; k < count; k++) target[k] = source[k];
}

static void sums_add_(NUMBER *target, const NUMBER *a, const NUMBER *b, int64_t count) {
    for (int64_t k = 0; k < count; k++) target[k] = a[k] + b[k];
}

static void sums_fold_(NUMBER *target, NUMBER *lanes, int64_t slots, int width) {
    for (int64_t slot = 0; slot < slots; slot++) {
        NUMBER *own = lanes + slot * width;
        for (int half = width / 2; half > 0; half /= 2) {
            for (int lane = 0; lane < half; lane++) own[lane] = own[lane] + own[lane + half];
        }
        target[slot] = own[0];
    }
}
"""


def loops(slots: int, width: int, number: str, row: str) -> list[str]:
    """Return the loops over blocks, runs and rows around what runs the row `row_` with its lane `summed_`; the sums are in `totals_`."""
    return f"""\
const int64_t whole_ = rows / {width} * {width}, blocks_ = (rows + {BLOCK_ROWS - 1}) / {BLOCK_ROWS};
{number} run_[{slots * width}], block_[{slots * width}], totals_[{slots}], stack_[{_LEVELS * slots}];
sums_begin_(totals_, {slots});
for (int64_t number_ = 0; number_ < blocks_; number_++) {{
    const int64_t last_ = (number_ + 1) * {BLOCK_ROWS} < rows ? (number_ + 1) * {BLOCK_ROWS} : rows;
    sums_begin_(block_, {slots * width});
    for (int64_t first_ = number_ * {BLOCK_ROWS}, stop_; first_ < last_; first_ = stop_) {{
        stop_ = first_ + {RUN_ROWS} < last_ ? first_ + {RUN_ROWS} : last_;
        if (first_ < whole_ && stop_ > whole_) stop_ = whole_;
        sums_begin_(run_, {slots * width});
        for (int64_t row_ = first_; row_ < stop_; row_++) {{
            {number} *summed_ = run_ + row_ % {width};
            {row}
        }}
        sums_add_(block_, block_, run_, {slots * width});
    }}
    sums_fold_(totals_, block_, {slots}, {width});
    {number} *waiting_ = stack_;
    for (int64_t left_ = number_; left_ & 1; left_ >>= 1, waiting_ += {slots}) sums_add_(totals_, waiting_, totals_, {slots});
    sums_copy_(waiting_, totals_, {slots});
}}
int begun_ = 0;
{number} *waiting_ = stack_;
for (int64_t left_ = blocks_; left_; left_ >>= 1, waiting_ += {slots}) {{
    if (left_ & 1) {{
        if (begun_) sums_add_(totals_, waiting_, totals_, {slots});
        else sums_copy_(totals_, waiting_, {slots});
        begun_ = 1;
    }}
}}""".splitlines()
