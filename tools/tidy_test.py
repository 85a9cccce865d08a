#!/usr/bin/env python3
"""The test of tools/tidy: a clean tree has no finding, and each rule finds its own violation and nothing else."""
import importlib.machinery
import importlib.util
import os
import tempfile
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
loader = importlib.machinery.SourceFileLoader("tidy", os.path.join(HERE, "tidy"))
spec = importlib.util.spec_from_loader("tidy", loader)
tidy = importlib.util.module_from_spec(spec)
loader.exec_module(tidy)

CLEAN = {
    "common/bus/README.md": "The seam to Kafka.\n",
    "common/bus/kafka.cc": '#include <librdkafka/rdkafka.h>\n#include "common/bus/kafka.h"\n',
    "common/bus/kafka.h": "// About.\n#ifndef BERDAYA_COMMON_BUS_KAFKA_H_\n#define BERDAYA_COMMON_BUS_KAFKA_H_\n#endif\n",
    "common/flow/README.md": "The path of one event.\n",
    "common/store/README.md": "The seam to SQL.\n",
    "common/store/sqlite.cc": "#include <sqlite3.h>\n",
    "services/registry/README.md": "The registry.\n",
    "services/registry/domain/family.cc": '#include <vector>\n#include "absl/status/status.h"\n#include "berdaya/type/v1/date.pb.h"\n'
                                          '#include "common/identity/nik.h"\n#include "services/registry/domain/family.h"\n',
    "services/registry/domain/family_test.cc": '#include "gtest/gtest.h"\n// It never calls sleep(3).\n',
    "services/registry/rpc/server.cc": "#include <grpcpp/grpcpp.h>\n",
    "tests/system_test.cc": '#include "services/registry/wiring.h"\n#include <grpcpp/grpcpp.h>\n',
    "docs/words.md": "A method, an altodolist and /var/lib/berdaya are fine.\n",
}

# rule, path, text, line of the finding
VIOLATIONS = [
    ("include-restricted", "services/registry/kafka.cc", "\n#include <librdkafka/rdkafka.h>\n", 2),
    ("include-restricted", "common/bus/rows.cc", "#include <sqlite3.h>\n", 1),
    ("include-restricted", "common/bus/rows.cc", "#include <libpq-fe.h>\n", 1),
    ("include-restricted", "services/registry/events/family.cc", "#include <grpcpp/grpcpp.h>\n", 1),
    ("include-restricted", "common/flow/loop.cc", '#include "berdaya/registry/v1/registry_service.grpc.pb.h"\n', 1),
    ("include-arrow", "common/bus/up.cc", '#include "services/registry/wiring.h"\n', 1),
    ("include-arrow", "services/registry/side.cc", '#include "services/graduation/domain/case.h"\n', 1),
    ("include-arrow", "services/registry/tool.cc", '#include "tests/world.h"\n', 1),
    ("include-domain", "services/registry/domain/rows.cc", '#include "common/store/store.h"\n', 1),
    ("include-domain", "services/registry/domain/time.cc", "#include <unistd.h>\n", 1),
    ("include-domain", "services/registry/domain/test.cc", '#include "gtest/gtest.h"\n', 1),
    ("include-guard", "common/bus/guard.h", "#ifndef GUARD_H\n#define GUARD_H\n#endif\n", 1),
    ("include-guard", "common/bus/guard.h", "// No guard.\n", 1),
    ("file-size", "common/bus/long.cc", "\n" * 501, 501),
    ("file-name", "common/bus/CamelCase.cc", "\n", 1),
    ("encoding", "docs/latin.md", b"caf\xe9\n", 1),
    ("room-readme", "common/money/rupiah.cc", "\n", None),
    ("left-for-later", "docs/plan.md", "\n\nTODO: write it\n", 3),
    ("sleep-in-test", "common/bus/kafka_test.cc", "std::this_thread::sleep_for(x);\n", 1),
    ("sleep-in-test", "tests/world.cc", "absl::SleepFor(x);\n", 1),
    ("sleep-in-test", "tests/wait_test.py", "time.sleep(1)\n", 1),
    ("unseeded-random", "tests/world.cc", "std::random_device device;\n", 1),
    ("machine-path", "docs/how.md", "cd /home/somebody/berdaya\n", 1),
    ("registry-host", "tools/fetch.sh", "pip install --index-url x\n", 1),
    ("registry-host", "docs/how.md", "see https://repo1.maven.org/maven2/\n", 1),
]


class TidyTest(unittest.TestCase):
    def findings(self, tree):
        with tempfile.TemporaryDirectory() as root:
            for path, text in tree.items():
                full = os.path.join(root, path)
                os.makedirs(os.path.dirname(full), exist_ok=True)
                with open(full, "wb") as file:
                    file.write(text if isinstance(text, bytes) else text.encode())
            found = tidy.Tidy(root)
            self.assertEqual(found.run(), len(tree))
            return found.findings

    def test_clean_tree_has_no_finding(self):
        self.assertEqual(self.findings(CLEAN), [])

    def test_each_violation_is_found_alone(self):
        for rule, path, text, line in VIOLATIONS:
            with self.subTest(rule=rule, path=path):
                tree = dict(CLEAN)
                tree[path] = text
                findings = self.findings(tree)
                self.assertEqual(len(findings), 1, findings)
                where = path if line else "common/money/README.md"
                self.assertTrue(findings[0].startswith(f"{where}:{line or 1}: {rule}: "), findings[0])

    def test_every_word_rule_has_a_violation(self):
        covered = {rule for rule, *_ in VIOLATIONS}
        self.assertLessEqual({name for name, *_ in tidy.WORDS}, covered)


if __name__ == "__main__":
    unittest.main()
