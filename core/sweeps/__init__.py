"""Sweeps: many runs that try out settings, chosen by Optuna on validation images alone.

`config` says what may vary, and `space` turns that into configurations. `store` is the contract of
a sweep's folder and its reader; `conductor` is the process that asks Optuna (`study`), starts runs
and tells how they ended; `launch` starts it, `control` asks it to pause or stop. `luck` says how
much of the best is chance, and `repeats` trains it again to be tested. Only `study` needs Optuna.
"""
