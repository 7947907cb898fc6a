"""The command line, ``python -m core``: the engine of the app, for scripts.

Names, options and ``--json`` shapes are stable. Every command exits with 0, or with 2 after one
sentence on standard error and nothing on standard output; `read` alone answers for the files that
it can read, and has a sentence for each of the others. A command exits silently with 1 only if the
reader of its output closed the pipe. Progress is shown on standard error if that is a terminal,
and not with ``--json``. Lines there say it if `train` could not fetch MNIST unasked, and what was
set right in digits that lie the wrong way.
"""

import io
import sys
from collections.abc import Sequence

import click

from core.cli.cluster import cluster
from core.cli.corrections import corrections
from core.cli.data import data
from core.cli.evaluate import evaluate
from core.cli.explain import report, study
from core.cli.export import export
from core.cli.finetune import finetune
from core.cli.models import add, models, promote
from core.cli.output import help_if_alone, tell
from core.cli.read import read
from core.cli.runs import runs
from core.cli.sweep import sweep
from core.cli.train import recipes, train
from core.cli.work import work
from core.disk import refusals
from core.errors import DigitLabError


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line; exit with code 2 if something is wrong."""
    # A file name that the terminal cannot show must not cost the answer.
    if isinstance(sys.stdout, io.TextIOWrapper):  # It may be closed, and is None then.
        sys.stdout.reconfigure(errors="backslashreplace")
    try:
        cli.main(arguments, prog_name="python -m core", standalone_mode=False)
    except DigitLabError as fault:
        _leave(str(fault))
    except click.UsageError as fault:
        _leave(_usage_sentence(fault))
    except OSError as fault:  # Not foreseen by any command: missing rights, a full disk.
        _leave(_system_sentence(fault))
    except (click.Abort, KeyboardInterrupt):
        _leave("Interrupted: nothing was lost.")


def _leave(sentence: str) -> None:
    tell(" ".join(sentence.split()))
    sys.exit(2)


def _usage_sentence(fault: click.UsageError) -> str:
    problem, _, hint = fault.format_message().partition(" Did you mean ")
    command = fault.ctx.command_path if fault.ctx else "python -m core"
    advice = f"did you mean {hint}" if hint else f"see `{command} --help`."
    return f"{problem.rstrip('.')}: {advice}"


def _system_sentence(fault: OSError) -> str:
    reason = refusals.reason(fault)
    if fault.filename is None:
        return f"The output could not be written ({reason}): check where it goes."
    elsewhere = "set DIGIT_LAB_HOME and DIGIT_LAB_DATA to other folders"
    return f"'{fault.filename}' cannot be used ({reason}): {refusals.advice(fault, elsewhere)}."


@click.group(
    commands=[
        add,
        cluster,
        corrections,
        data,
        evaluate,
        export,
        finetune,
        models,
        promote,
        read,
        recipes,
        report,
        runs,
        study,
        sweep,
        train,
        work,
    ],
    no_args_is_help=False,
    invoke_without_command=True,
    context_settings={"help_option_names": ["-h", "--help"]},
)
@click.pass_context
def cli(context: click.Context) -> None:
    """Train, inspect and try handwritten-digit classifiers."""
    help_if_alone(context)
