"""`zoo`: the console script."""

import os
import sys


def main(arguments: list[str] | None = None) -> None:
    """Runs one command and exits; every error becomes a sentence and an exit code here and nowhere else."""
    try:
        from zoo import failures, guard

        if arguments is None:
            guard.enter()
        from zoo.cli.app import app, debugging
    except KeyboardInterrupt:  # while modules load: nobody can be asked to say it
        os.write(2, b"zoo: interrupted before anything was begun\n")
        os._exit(130)
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
