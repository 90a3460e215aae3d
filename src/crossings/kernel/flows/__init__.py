"""The same model as flows, without draws."""
