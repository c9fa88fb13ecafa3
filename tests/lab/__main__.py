"""`python -m tests.lab sink`: the lab from a command line."""

import argparse
import sys

from tests.lab import sink


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.lab", description="The lab for sending.")
    commands = parser.add_subparsers(dest="command", required=True)
    sink.add_arguments(commands.add_parser("sink", help="run the recording SMTP server", description=sink.__doc__))
    arguments = parser.parse_args()
    return sink.run(arguments)


if __name__ == "__main__":
    sys.exit(main())
