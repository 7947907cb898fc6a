"""Scores of a model: accuracy with its interval, calibration, and the mistakes behind them."""
