"""Native code: how a program is turned into straight-line code, kept, and run."""

from ..compiler import worker as worker
