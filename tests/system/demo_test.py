#!/usr/bin/env python3
"""tools/demo from outside: its self-test, its closing line, its ports, and that a Ctrl-C leaves nothing behind.

  demo_test.py ROOT BUILD
"""
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import unittest
import urllib.request

from local_platform import Platform, SERVICES, program

ROOT, BUILD = sys.argv[1], sys.argv[2]
CLOSING = re.compile(r"^demo: reported=\d+ registered=(\d+) rejected=\d+ graduated=\d+ cases=\d+ lost=(\d+) duplicated=(\d+) "
                     r"seconds=[\d.]+ families_per_second=\d+$", re.M)


def start(*arguments, programs=BUILD):
    """The demo in a session of its own, so that a signal can go to all of it, as a terminal sends it."""
    return subprocess.Popen([os.path.join(ROOT, "tools/demo"), *arguments], env=dict(os.environ, BERDAYA_BIN=programs), stdout=subprocess.PIPE,
                            stderr=subprocess.STDOUT, text=True, start_new_session=True)


def processes_of(folder):
    """Processes that name the folder in their command line."""
    found = []
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{pid}/cmdline", "rb") as file:
                if folder.encode() in file.read():
                    found.append(int(pid))
        except OSError:
            pass
    return found


class Demo(unittest.TestCase):
    def test_self_test_sees_one_lost_row_and_one_repeated_effect(self):
        with tempfile.TemporaryDirectory() as folder:
            figures = os.path.join(folder, "figures.json")
            demo = start("--self-test", "--families", "100", "--seed", "3", "--json", figures)
            printed = demo.communicate()[0]
            self.assertEqual(demo.returncode, 0, printed)
            lines = CLOSING.findall(printed)
            self.assertEqual(lines, [("100", "0", "0"), ("100", "1", "1")], printed)
            with open(figures, encoding="utf-8") as file:
                result = json.load(file)
            self.assertEqual((result["sum"]["registered"], result["lost"], result["duplicated"]), (100, 0, 0))
            self.assertEqual(len(result["provinces"]), 34)

    def test_stays_open_until_ctrl_c_and_then_leaves_nothing(self):
        demo = start("--families", "50")
        printed = []
        page = data = None
        for line in demo.stdout:
            printed.append(line)
            page = page or re.search(r"page\s+(http://\S+)", line)
            data = data or re.search(r"data and logs\s+(\S+)", line)
            if data:
                break
        self.assertTrue(page and data, "".join(printed))
        with urllib.request.urlopen(page.group(1), timeout=10) as answer:
            self.assertEqual(answer.status, 200)
        self.assertTrue(processes_of(data.group(1)))
        os.killpg(demo.pid, signal.SIGINT)
        rest = demo.communicate()[0]
        self.assertEqual(demo.returncode, 0, "".join(printed) + rest)
        self.assertEqual([open(f"/proc/{pid}/cmdline").read() for pid in processes_of(data.group(1))], [])
        self.assertFalse(os.path.exists(data.group(1)))

    def test_a_difference_keeps_data_and_logs(self):
        with tempfile.TemporaryDirectory() as programs:
            for name in (*(f"berdaya-{service}" for service in SERVICES), "berdaya-topics", "berdaya-probe", "berdaya-check"):
                shutil.copy(program(BUILD, name), programs)
            found = os.path.join(programs, "berdaya-demo")
            with open(found, "w", encoding="utf-8") as script:  # a demo whose check has found something
                script.write("#!/bin/sh\nexit 1\n")
            os.chmod(found, 0o755)
            demo = start("--once", "--families", "34", programs=programs)
            printed = demo.communicate()[0]
        self.assertEqual(demo.returncode, 1, printed)
        kept = re.search(r"data and logs are kept in (\S+)", printed)
        self.assertTrue(kept, printed)
        self.addCleanup(shutil.rmtree, kept.group(1))
        self.assertTrue(os.path.exists(os.path.join(kept.group(1), "registry.db")))
        self.assertTrue(os.path.exists(os.path.join(kept.group(1), "registry.log")))

    def test_a_platform_whose_days_are_open_is_refused(self):
        with Platform(ROOT, BUILD) as platform:
            subprocess.run([program(BUILD, "berdaya-days"), f"--brokers={platform.brokers}", "--once"], check=True, stdout=subprocess.DEVNULL)
            demo = subprocess.run([program(BUILD, "berdaya-demo"), *platform.where(), "--families", "34"], cwd=ROOT, stdout=subprocess.PIPE,
                                  stderr=subprocess.STDOUT, text=True)
        self.assertEqual(demo.returncode, 2, demo.stdout)
        self.assertIn("calendar.days.v1 holds days already", demo.stdout)

    def test_a_wrong_argument_is_refused_before_anything_starts(self):
        for arguments in (["--families", "33"], ["--families", "many"], ["--store", "paper"], ["--nothing"], ["--seed"]):
            demo = start(*arguments)
            printed = demo.communicate()[0]
            self.assertEqual(demo.returncode, 2, printed)
            self.assertNotIn("starting", printed)


if __name__ == "__main__":
    unittest.main(argv=[sys.argv[0], "-v"])
