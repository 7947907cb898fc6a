"""Runs: the run folder, and every module that reads it or leaves a request in it. Never Keras.

`contract` says who writes each file, who reads it and which may be missing. `store` creates, lists
and reads runs, `states` derives how each stands, `removal` and `trash` delete. `requests` and
`control` ask a worker to pause, resume or stop. `queue` lets one run train at a time. `curves`
reads metrics while they are written. `summary` is a run's entry in a list.
"""
