"""The option that runs every benchmark at the size of a test."""

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add `--tiny`."""
    parser.addoption("--tiny", action="store_true", help="a few rows instead of the full batch, to see that every benchmark runs")


@pytest.fixture
def tiny(request: pytest.FixtureRequest) -> bool:
    """Whether batches are to be small."""
    return bool(request.config.getoption("--tiny"))
