#!/usr/bin/env python3
"""The test of berdaya-probe (given as the first argument) against a server on a port that the system chooses."""
import http.server
import subprocess
import sys
import threading
import unittest

PROBE = sys.argv.pop(1)


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        status = {"/ready": 200, "/late": 503}.get(self.path, 404)
        self.send_response(status)
        self.end_headers()
        self.wfile.write(b"lag 12000\n")

    def log_message(self, *_):
        pass


class ProbeTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        cls.base = f"http://127.0.0.1:{cls.server.server_port}"
        threading.Thread(target=cls.server.serve_forever, daemon=True).start()

    @classmethod
    def tearDownClass(cls):
        cls.server.shutdown()
        cls.server.server_close()

    def probe(self, *arguments):
        return subprocess.run([PROBE, *arguments], capture_output=True, text=True, timeout=20)

    def test_ready(self):
        self.assertEqual(self.probe(f"{self.base}/ready").returncode, 0)

    def test_not_ready_tells_why(self):
        result = self.probe(f"{self.base}/late")
        self.assertEqual(result.returncode, 1)
        self.assertIn("503", result.stderr)
        self.assertIn("lag 12000", result.stderr)

    def test_unknown_path_is_not_ready(self):
        self.assertEqual(self.probe(f"{self.base}/other").returncode, 1)

    def test_nobody_listens(self):
        closed = http.server.HTTPServer(("127.0.0.1", 0), Handler)
        port = closed.server_port
        closed.server_close()
        result = self.probe(f"http://127.0.0.1:{port}/ready")
        self.assertEqual(result.returncode, 1)
        self.assertIn("refused", result.stderr)

    def test_bad_arguments(self):
        for arguments in ([], ["127.0.0.1:1/x"], ["http://localhost:1/x"], ["http://127.0.0.1/x"], ["http://127.0.0.1:99999/x"]):
            self.assertEqual(self.probe(*arguments).returncode, 2, arguments)


if __name__ == "__main__":
    unittest.main()
