"""Evaluation of a model: accuracy with its interval, calibration, and the mistakes behind them.

Pure functions of labels and probabilities, which pages, studies and the command line call.
"""
