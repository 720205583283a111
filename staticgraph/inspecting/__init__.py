"""What happens inside a function, for some rows: where a value is not finite, which gate sits on a kink, what each gate gives."""
