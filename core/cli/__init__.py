"""The shell: ``python -m core COMMAND``.

`main` holds the group of commands and its exit codes. The other modules hold the commands, each by
its name or by what several are about; `configuration` and `given_model` find what a command is
given, `output` prints, and `follow` watches a run.
"""
