#!/usr/bin/env python3
"""The whole path on a real broker, with each service killed once where the seed says, against the publisher's own books.

  kills_test.py ROOT BUILD [--seed N] [--families N]

Passes if the books agree with every reply, every notice and every family in every service: lost=0 duplicated=0.
"""
import argparse
import os
import random
import subprocess
import sys

from local_platform import Platform, SERVICES, program

PHASES = ("published", "replied", "enrolled", "opened")
MONTHS = 78


def chosen_kills(seed):
    """For each service the phase of the month in which it is killed: {"17 enrolled": ["graduation"]}."""
    chance = random.Random(seed)
    kills = {}
    for name in SERVICES:
        moment = f"{chance.randint(1, MONTHS - 2)} {chance.choice(PHASES)}"
        kills.setdefault(moment, []).append(name)
    return kills


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("root")
    parser.add_argument("build")
    parser.add_argument("--seed", type=int, default=int(os.environ.get("BERDAYA_SEED", "1")))
    parser.add_argument("--families", type=int, default=300)
    options = parser.parse_args()
    kills = chosen_kills(options.seed)
    print(f"seed {options.seed}: kills {kills}", flush=True)

    with Platform(options.root, options.build) as platform:
        simulation = subprocess.Popen([program(options.build, "berdaya-demo"), *platform.where(), "--families", str(options.families), "--seed",
                                       str(options.seed), "--trace"], cwd=options.root, stdout=subprocess.PIPE, text=True)
        killed = []
        closing = ""
        for line in simulation.stdout:
            if line.startswith("trace: "):
                for name in kills.pop(line.removeprefix("trace: ").strip(), []):
                    print(f"killing {name} after {line.strip()}", flush=True)
                    platform.kill(name)
                    killed.append(name)
                continue
            print(line, end="", flush=True)
            closing = line
        code = simulation.wait()
        if code != 0 or " lost=0 duplicated=0 " not in closing or sorted(killed) != sorted(SERVICES):
            raise SystemExit(f"FAILED with code {code}, killed {killed}; again with --seed {options.seed}")
    print("passed")


if __name__ == "__main__":
    sys.exit(main())
