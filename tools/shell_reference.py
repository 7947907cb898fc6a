"""Write the reference in docs/shell.md from the commands: ``python -m tools.shell_reference``.

What stands above `MARK` is written by hand; below it, each command with its usage, its help, and a
table of what it takes. `tests/docs/test_shell.py` compares the two, so that no option is left out.
"""

from collections.abc import Iterator
from pathlib import Path

import click

from core.cli.main import cli

FILE = Path(__file__).resolve().parent.parent / "docs" / "shell.md"
MARK = "<!-- Written by `python -m tools.shell_reference`: change the commands, not this. -->"
PROGRAM = "python -m core"
EVERYWHERE = {"--json"}  # every command has it: said once, above


def main() -> None:
    """Replace what stands below the mark."""
    FILE.write_text(written_by_hand() + reference(), encoding="utf-8")


def written_by_hand() -> str:
    """Return what stands above the mark, with the mark."""
    above, mark, _ = FILE.read_text(encoding="utf-8").partition(MARK)
    return above + mark + "\n"


def reference() -> str:
    """Return a section of Markdown a command."""
    return "".join(
        "\n" + _section(context)
        for context in commands()
        if not isinstance(context.command, click.Group)
    )


def commands() -> Iterator[click.Context]:
    """Go through the groups and commands of the shell, as they are listed in help."""
    yield from _below(click.Context(cli, info_name=PROGRAM))


def _below(context: click.Context) -> Iterator[click.Context]:
    yield context
    group = context.command
    if isinstance(group, click.Group):
        for name in group.list_commands(context):
            command = group.get_command(context, name)
            if not command.hidden:
                yield from _below(click.Context(command, info_name=name, parent=context))


def _section(context: click.Context) -> str:
    name = context.command_path.removeprefix(PROGRAM + " ")
    pieces = " ".join(context.command.collect_usage_pieces(context)).replace(
        "[OPTIONS]", "[options]"
    )
    lines = [f"### {name}", "", "```text", f"{context.command_path} {pieces}", "```", ""]
    for paragraph in context.command.help.split("\n\n"):
        lines += [" ".join(paragraph.split()), ""]
    if rows := list(_options(context)):
        lines += ["| option | what it does |", "| --- | --- |", *rows, ""]
    return "\n".join(lines)


def _options(context: click.Context) -> Iterator[str]:
    for option in context.command.params:
        if not isinstance(option, click.Option) or option.hidden or EVERYWHERE & {*option.opts}:
            continue
        value = "" if option.is_flag else f" {option.make_metavar(context)}"
        said = option.help.replace("|", "\\|")
        yield f"| `{', '.join(option.opts)}{value}` | {said} |"


if __name__ == "__main__":
    main()
