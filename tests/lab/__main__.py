"""`python -m tests.lab sink`, `faults` and `claims`: the lab from a command line."""

import argparse
import sys

from tests.lab import claims, faults, sink


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.lab", description="The lab for sending.")
    commands = parser.add_subparsers(dest="command", required=True)
    for name, module, words in (
        ("sink", sink, "run the recording SMTP server"),
        ("faults", faults, "do terrible things to the product while it sends"),
        ("claims", claims, "let many processes claim a million deliveries at once"),
    ):
        command = commands.add_parser(name, help=words, description=module.__doc__)
        module.add_arguments(command)
        command.set_defaults(run=module.run)
    arguments = parser.parse_args()
    return int(arguments.run(arguments))


if __name__ == "__main__":
    sys.exit(main())
