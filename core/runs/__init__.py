"""The run folder, and everything that reads it or asks something of it. Never Keras.

`store` is the contract: who writes each file, who reads it, what may be missing. `requests` and
`control` ask a worker to pause, resume or stop; `queue` lets one run train at a time; `curves`
reads metrics while they are written; `summary` is what a list shows of a run.
"""
