"""`zoo`: the console script."""

import sys
from typing import NoReturn


def main(arguments: list[str] | None = None) -> NoReturn:
    """Runs one command; every error becomes a sentence and an exit code here and nowhere else."""
    from zoo import failures, guard

    if arguments is None:
        guard.enter()
    from zoo.cli.app import app, debugging

    try:
        code = app(arguments, standalone_mode=False, prog_name="zoo")
    except BaseException as error:
        if isinstance(error, SystemExit):
            raise
        sys.exit(failures.report(error, debugging()))
    if code == failures.INTERRUPTED:
        sys.exit(failures.report(KeyboardInterrupt(), debug=False))
    sys.exit(code if isinstance(code, int) else 0)


if __name__ == "__main__":
    main()
