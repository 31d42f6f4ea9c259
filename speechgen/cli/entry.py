"""The program: all verbs, and the handling of errors, signals and closed pipes."""

from __future__ import annotations

import contextlib
import copy
import errno
import io
import os
import signal
import sys
import threading
import warnings
from collections.abc import Sequence
from typing import Any, NoReturn

import typer
from typer.core import TyperGroup
from typer.exceptions import TyperException
from typer.models import CommandInfo

from speechgen.cli import (
    adapt,
    align,
    demo,
    embed,
    enhance,
    export,
    info,
    inpaint,
    interpolate,
    models,
    prepare,
    reconstruct,
    sample,
    say,
    score,
    serve,
    synthesize,
    train,
    validate,
    voices,
)
from speechgen.cli.common import print_error, print_line, verb
from speechgen.errors import PeerError, SpeechgenError, SpeechgenWarning

_usual_warning = warnings.showwarning

# Failures of the machine, not bugs: these need no traceback.
_MACHINE_ERRORS = frozenset(
    {
        errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EACCES, errno.EPERM, errno.EROFS,
        errno.EIO, errno.EMFILE, errno.ENAMETOOLONG, errno.ENOTDIR, errno.EISDIR,
    }
)  # fmt: skip

_ORDER = (
    "prepare", "validate", "train", "say", "voices", "synthesize", "enhance", "embed", "adapt",
    "align",
    "sample", "interpolate", "inpaint", "reconstruct", "score", "models", "info", "export",
    "serve", "demo",
)  # fmt: skip


class _Verbs(TyperGroup):
    """The verbs in the order in which a project needs them."""

    def list_commands(self, ctx: Any) -> list[str]:
        """Their names, for the help."""
        return sorted(super().list_commands(ctx), key=_ORDER.index)


app = typer.Typer(
    name="speechgen",
    cls=_Verbs,
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode="rich",
    context_settings={"help_option_names": ["-h", "--help"]},
    help="Clean speech, synthesise it in a voice of your choice, and sample sounds and images from "
    "deep generative models: prepare data, train, run, score.",
    epilog="Each verb's help has examples: speechgen enhance --help",
)
app.add_typer(prepare.app, name="prepare")
verb(app, "validate", validate.EXAMPLES)(validate.validate)
verb(app, "train", train.EXAMPLES, cls=train.TrainCommand)(train.train)
verb(app, "say", say.EXAMPLES)(say.say)
verb(app, "voices", voices.EXAMPLES)(voices.voices)
verb(app, "synthesize", synthesize.EXAMPLES)(synthesize.synthesize)
verb(app, "enhance", enhance.EXAMPLES)(enhance.enhance)
verb(app, "embed", embed.EXAMPLES)(embed.embed)
verb(app, "adapt", adapt.EXAMPLES)(adapt.adapt)
verb(app, "align", align.EXAMPLES)(align.align)
verb(app, "sample", sample.EXAMPLES)(sample.sample)
verb(app, "interpolate", interpolate.EXAMPLES)(interpolate.interpolate)
verb(app, "inpaint", inpaint.EXAMPLES)(inpaint.inpaint)
verb(app, "reconstruct", reconstruct.EXAMPLES)(reconstruct.reconstruct)
app.add_typer(score.app, name="score")
verb(app, "models", models.EXAMPLES)(models.models)
verb(app, "info", info.EXAMPLES)(info.info)
verb(app, "export", export.EXAMPLES)(export.export)
verb(app, "serve", serve.EXAMPLES)(serve.serve)
verb(app, "demo", demo.EXAMPLES)(demo.demo)


def _show_version(wanted: bool) -> None:
    if wanted:
        from speechgen import __version__

        typer.echo(f"speechgen {__version__}")
        raise typer.Exit()


@app.callback()
def _root(
    version: bool = typer.Option(
        False,
        "--version",
        callback=_show_version,
        is_eager=True,
        help="Print the version and exit.",
    ),
) -> None:
    pass


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Run the command line and exit with its status.

    0 success; 1 bad input or failure, reported in one line; 2 wrong usage; 130 and 143 stopped by
    Ctrl-C and SIGTERM, with nothing left half-written. A bug keeps its traceback.
    """
    for number in (signal.SIGTERM, signal.SIGHUP):
        with contextlib.suppress(ValueError):  # not in the main thread: leave signals alone
            signal.signal(number, _stop)
    for stream in (sys.stdout, sys.stderr):  # names of files may hold what no encoding can
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    threading.excepthook = _thread_failed
    warnings.showwarning = _show_warning
    status = _run(arguments)
    try:
        if sys.stdout is not None:  # as it is where it was closed before
            sys.stdout.flush()
    except BrokenPipeError:
        _abandon_stdout()
    sys.exit(status)


def lean(words: Sequence[str]) -> typer.Typer:
    """The program for one command line, which knows the options of the verb in it and no others.

    To read those of every verb takes as long as to show the help.
    """
    wanted = next((word for word in words if not word.startswith("-")), None)
    verbs, groups = [], []
    for verb_info in app.registered_commands:
        verbs.append(verb_info if verb_info.name == wanted else _listed(verb_info))
    for group in app.registered_groups:
        if group.name == wanted:
            groups.append(group)
        else:
            assert group.typer_instance is not None
            verbs.append(_listed(CommandInfo(group.name, help=group.typer_instance.info.help)))
    program = copy.copy(app)
    program.registered_commands, program.registered_groups = verbs, groups
    return program


def _listed(verb_info: CommandInfo) -> CommandInfo:
    """A verb that is there to be listed in the help."""
    listed = copy.copy(verb_info)
    listed.callback = lambda: None
    return listed


def _run(arguments: Sequence[str] | None) -> int:
    try:
        words = sys.argv[1:] if arguments is None else arguments
        command = typer.main.get_command(lean(words))
        status = command.main(args=arguments, prog_name="speechgen", standalone_mode=False)
        return status if isinstance(status, int) else 0
    except TyperException as error:
        return _wrong_usage(error)
    except PeerError:
        return 1
    except SpeechgenError as error:
        print_error(str(error))
        return 1
    except KeyboardInterrupt:
        return 130
    except ModuleNotFoundError as error:  # an installation of less than all
        package = (error.name or "").partition(".")[0]
        if package in ("", "speechgen"):
            raise
        print_error(
            f"this needs the package {package}, which is not installed; to have all of them: "
            "pip install speechgen"
        )
        return 1
    except OSError as error:
        if error.errno not in _MACHINE_ERRORS:
            raise
        _tell_machine_error(error)
        return 1


def _show_warning(message: Any, category: type[Warning], *place: Any, **more: Any) -> None:
    if issubclass(category, SpeechgenWarning):
        print_line(f"speechgen: warning: {message}", error=True)
    else:
        _usual_warning(message, category, *place, **more)


def _tell_machine_error(error: OSError) -> None:
    from speechgen.files import refusal

    where = f"{error.filename}: " if error.filename else ""
    print_error(f"{where}{refusal(error)}")


def _thread_failed(failure: Any) -> None:
    """What a thread of a library (the writer of TensorBoard's logs) died of."""
    error = failure.exc_value
    if isinstance(error, OSError) and error.errno in _MACHINE_ERRORS:
        _tell_machine_error(error)
    else:
        threading.__excepthook__(failure)


def _wrong_usage(error: TyperException) -> int:
    context = getattr(error, "ctx", None)
    path = context.command_path if context else "speechgen"
    message = error.format_message()
    if message:
        print_error(f"{message.rstrip('.')}; see {path} --help", program=path)
    return error.exit_code


def _stop(number: int, _frame: object) -> NoReturn:
    """Exit by an exception, so that temporary files are removed."""
    raise SystemExit(128 + number)


def _abandon_stdout() -> None:
    """Point stdout at nothing, so that the interpreter's last flush cannot fail."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
