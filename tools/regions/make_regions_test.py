"""Tests of make_regions.py on a small country: what it makes, that it repeats itself, what it refuses."""
import contextlib
import io
import pathlib
import subprocess
import sys
import tempfile
import unittest

import make_regions

PROVINCES = "code,name\n91,Papua\n93,Papua Selatan\n"
REGENCIES = "code,province_code,name\n91.03,91,Kabupaten Jayapura\n93.01,93,Kabupaten Merauke\n"
DISTRICTS = "code,regency_code,name\n91.03.01,91.03,Sentani\n93.01.01,93.01,Merauke\n"
VILLAGES = 'code,district_code,name\n91.03.01.1001,91.03.01,"Satu, Dua"\n93.01.01.2001,93.01.01,  Desa   Baru\n'

ROWS = """\
berdaya-regions	1	11
91	Papua
9101	Kabupaten Merauke		2022-07-25
910101	Merauke		2022-07-25
9101012001	Desa Baru		2022-07-25
9103	Kabupaten Jayapura
910301	Sentani
9103011001	Satu, Dua
93	Papua Selatan	2022-07-25		91
9301	Kabupaten Merauke	2022-07-25		9101
930101	Merauke	2022-07-25		910101
9301012001	Desa Baru	2022-07-25		9101012001
"""


class MakeRegionsTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.target = self.folder / "regions.tsv"
        self.put(provinces=PROVINCES, regencies=REGENCIES, districts=DISTRICTS, villages=VILLAGES)

    def put(self, **files):
        for name, text in files.items():
            (self.folder / f"{name}.csv").write_text(text, encoding="utf-8")

    def run_script(self, *options):
        command = [sys.executable, "-B", make_regions.__file__, str(self.folder), str(self.target), *options]
        return subprocess.run(command, capture_output=True, text=True)

    def test_moves_a_regency_back_with_all_inside(self):
        result = self.run_script("--any-counts")
        self.assertEqual(result.returncode, 0, result.stderr)
        text = self.target.read_text(encoding="utf-8")
        self.assertEqual(text.partition("berdaya-regions")[2], ROWS.partition("berdaya-regions")[2])
        self.assertIn("Open\n# Database License (ODbL)", text)
        self.run_script("--any-counts")
        self.assertEqual(self.target.read_text(encoding="utf-8"), text)

    def test_refuses_another_release(self):
        result = self.run_script()
        self.assertEqual(result.returncode, 1)
        self.assertIn("expected (38, 514, 7285, 83762)", result.stderr)
        self.assertFalse(self.target.exists())

    def refusal(self):
        with contextlib.redirect_stderr(io.StringIO()), self.assertRaises(SystemExit) as stopped:
            make_regions.make_rows(make_regions.read_names(self.folder)[0])
        return str(stopped.exception)

    def test_refuses_what_it_does_not_understand(self):
        self.put(regencies=REGENCIES + "93.99,93,Kabupaten Lain\n")
        self.assertIn("93.99", self.refusal())
        self.put(regencies=REGENCIES + "91.01,91,Kabupaten Lain\n")
        self.assertIn("in use today", self.refusal())
        self.put(regencies=REGENCIES + "94.01,94,Kabupaten Nabire\n")
        self.assertIn("no parent", self.refusal())
        self.put(regencies=REGENCIES + "91.03,91,Kabupaten Jayapura\n")
        self.assertIn("twice", self.refusal())
        self.put(regencies=REGENCIES + "914,91,Kabupaten Jayapura\n")
        self.assertIn("not a code of this level", self.refusal())

    def test_all_26_moves_are_there_once(self):
        self.assertEqual(len(make_regions.MOVED), 26)
        self.assertEqual(len(set(make_regions.MOVED.values())), 26)


if __name__ == "__main__":
    unittest.main()
