"""Forecasts of counts at crossings from counts, orders and history alone, and what they are worth."""
