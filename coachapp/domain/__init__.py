"""The pure core: values in, values out. No framework, no clock, no randomness of its own."""
