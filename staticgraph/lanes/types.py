"""LLVM's types that everything here shares."""

from llvmlite import ir

INT = ir.IntType(64)
"""Addresses, counts and places."""
