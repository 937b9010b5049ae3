"""Forecasts to compare with: the last value, the season before, a ridge regression."""
