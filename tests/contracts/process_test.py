"""What the real program says when something is wrong around it, and how it ends: the exit codes of common/service/run.h."""
import argparse
import pathlib
import re
import socket
import subprocess
import sys
import unittest
import urllib.error
import urllib.request

import confluent_kafka.admin

import programs

ARGUMENTS = None
OK, USAGE, REFUSED, FAILED = 0, 2, 3, 4
NOBODY = "127.0.0.1:1"  # a broker that nobody runs


def get(address, page):
    """Status and text of an internal page."""
    try:
        with urllib.request.urlopen(f"http://{address}{page}", timeout=10) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


class Process(unittest.TestCase):
    def setUp(self):
        scratch = programs.scratch()
        self.addCleanup(scratch.cleanup)
        self.folder = programs.path_of(scratch)

    def run_once(self, *options, environment=None):
        done = subprocess.run(
            [ARGUMENTS.registry, *options], env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, timeout=60
        )
        return done.returncode, done.stdout, done.stderr

    def service(self, *options, brokers=NOBODY, name="registry"):
        service = programs.Service(ARGUMENTS.registry, self.folder, brokers, *options, name=name)
        self.addCleanup(service.stop, 9)
        return service

    def expect_refused(self, service, *words):
        self.assertEqual(service.wait(), REFUSED, service.text())
        for word in words:
            self.assertIn(word, service.text())

    # --- Arguments and configuration ---

    def test_help_shows_every_option_with_its_default(self):
        code, out, _ = self.run_once("--help")
        self.assertEqual(code, OK)
        _, printed, _ = self.run_once("--print-config")
        keys = re.findall(r"^([a-z_.]+) = ", printed, re.M)
        self.assertGreater(len(keys), 10)
        for key in keys:
            self.assertIn(f"--{key}", out)
        self.assertIn("Exit codes: 0 ", out)

    def test_wrong_arguments_are_named(self):
        for option, words in {
            "--no.such=1": ["no.such"],
            "--flow.batch_records=0": ["flow.batch_records", "16000"],
            "--flow.batch_records=many": ["flow.batch_records"],
            "--store.cache_mib=1": ["store.cache_mib"],
            "--bus.brokers=nowhere": ["bus.brokers", "HOST:PORT"],
            "--grpc.listen=127.0.0.1:99999": ["grpc.listen"],
            "--log.level=loud": ["log.level", "warning"],
            "stray": ["stray"],
        }.items():
            with self.subTest(option):
                code, _, err = self.run_once(option)
                self.assertEqual(code, USAGE, err)
                for word in ["wrong configuration", "--help", *words]:
                    self.assertIn(word, err)

    def test_a_wrong_file_is_named_with_its_line(self):
        file = self.folder / "registry.conf"
        file.write_text("# ours\nflow.batch_records = 100\nflow.batch_recordz = 100\nstore.cache_mib = huge\n")
        code, _, err = self.run_once(f"--config={file}")
        self.assertEqual(code, USAGE)
        self.assertRegex(err, rf"{file}:3: .*flow.batch_recordz")
        self.assertRegex(err, rf"{file}:4: .*store.cache_mib")
        code, _, err = self.run_once(f"--config={self.folder}/none.conf")
        self.assertEqual(code, USAGE)
        self.assertIn("none.conf", err)

    def test_a_wrong_variable_is_named(self):
        code, _, err = self.run_once(environment={"BERDAYA_FLOW_BATCH_RECORDS": "0"})
        self.assertEqual(code, USAGE)
        self.assertIn("BERDAYA_FLOW_BATCH_RECORDS", err)

    # --- Data, database, addresses ---

    def test_wrong_data_is_refused_with_file_and_reason(self):
        rules = pathlib.Path("data/programmes/pkh_components.textproto").read_text()
        cases = {
            "older": (re.sub(r"elderly_first_age: \d+", "elderly_first_age: 3", rules), "elderly_first_age"),
            "nameless": (re.sub(r'source:\s*("[^"]*"\s*)+', "", rules), "source"),
            "misspelt": (rules + "\nelderly_frist_age: 60\n", "elderly_frist_age"),
            "empty": ("", "schooling"),
        }
        for name, (text, word) in cases.items():
            with self.subTest(name):
                file = self.folder / f"{name}.textproto"
                file.write_text(text)
                self.expect_refused(self.service(f"--registry.component_rules={file}", name=name), str(file), word)
        self.expect_refused(self.service("--registry.component_rules=none.textproto", name="a"), "none.textproto")

    def test_a_wrong_region_table_is_refused(self):
        self.expect_refused(self.service("--regions.file=none.tsv", name="a"), "none.tsv")
        file = self.folder / "regions.tsv"
        lines = pathlib.Path("data/regions/regions.tsv").read_text().splitlines(keepends=True)[:200]
        file.write_text("".join(lines) + "this is no region\n")
        self.expect_refused(self.service(f"--regions.file={file}", name="b"), "regions.tsv", "201")

    def test_a_database_that_is_none_is_refused(self):
        (self.folder / "registry.db").write_bytes(b"this is a letter, not a database, and long enough to be looked at" * 100)
        self.expect_refused(self.service(), "registry.db")
        self.expect_refused(self.service(f"--store.url=sqlite:{self.folder}/no/such/folder.db", name="a"), "no/such/folder.db")
        self.expect_refused(self.service("--store.url=mongodb://somewhere", name="b"), "url", "sqlite:")

    def test_a_second_process_on_one_database_is_refused_and_the_first_goes_on(self):
        first = self.service()
        address = first.addresses()["http"]
        second = self.service(f"--store.url=sqlite:{self.folder}/registry.db", name="second")
        self.expect_refused(second, "registry.db")
        self.assertEqual(get(address, "/healthz")[0], 200)
        self.assertEqual(first.stop(), OK, first.text())
        self.service().addresses()  # the next one may have it

    def test_a_taken_port_is_refused(self):
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            taken.listen()
            address = "127.0.0.1:%d" % taken.getsockname()[1]
            self.expect_refused(self.service(f"--grpc.listen={address}", name="a"), address)
            self.expect_refused(self.service(f"--http.listen={address}", name="b"), address)

    # --- The broker ---

    def test_a_broker_that_comes_late_is_waited_for(self):
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        service = self.service(brokers=f"127.0.0.1:{port}")
        address = service.addresses()["http"]
        self.assertEqual(get(address, "/healthz")[0], 200)
        code, text = get(address, "/readyz")
        self.assertEqual(code, 503)
        self.assertIn("broker", text)

        broker = programs.Broker(self.folder)
        brokers = broker.start(port)
        self.addCleanup(broker.stop)
        programs.until(lambda: "waiting for the broker" in service.text(), "word that it waits")
        subprocess.run([ARGUMENTS.topics, f"--brokers={brokers}"], check=True, stdout=subprocess.DEVNULL)
        programs.until(lambda: get(address, "/readyz")[0] == 200, "readiness")
        self.assertEqual(service.stop(), OK, service.text())

        # A topic with another number of partitions is another contract: nobody reads on.
        admin = confluent_kafka.admin.AdminClient({"bootstrap.servers": brokers, "log_level": 0})
        admin.create_partitions([confluent_kafka.admin.NewPartitions("registry.facts.v1", 7)])["registry.facts.v1"].result(30)
        refused = self.service(brokers=brokers, name="registry")
        self.assertEqual(refused.wait(), FAILED, refused.text())
        self.assertRegex(refused.text(), "registry.facts.v1.*partition")

    def test_without_a_broker_it_stops_when_asked(self):
        service = self.service()
        service.addresses()
        self.assertEqual(service.stop(), OK, service.text())


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    for program in ("registry", "topics"):
        parser.add_argument(f"--{program}", required=True)
    ARGUMENTS, rest = parser.parse_known_args()
    unittest.main(argv=[sys.argv[0], *rest], verbosity=2)
