"""Runs: the run folder, and every module that reads it or leaves a request in it. Never Keras.

`store` is the contract: who writes each file, who reads it, which may be missing. `requests` and
`control` ask a worker to pause, resume or stop. `queue` lets one run train at a time. `curves`
reads metrics while they are written. `summary` is a run's entry in a list.
"""
