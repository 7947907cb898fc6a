"""Scores of a model: reports with intervals, and the mistakes behind them."""
