"""Learning from counts: parameters with priors, their posterior, scores out of sample, forecasts, evidence."""
