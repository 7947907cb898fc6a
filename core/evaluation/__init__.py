"""Scores of a model: reports with intervals, calibration, and the mistakes behind them."""
