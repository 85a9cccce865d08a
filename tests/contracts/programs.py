"""Runs the real programs and a real broker for tests: in a folder of their own, on ports chosen free, ended by their own ids."""
import os
import pathlib
import signal
import subprocess
import tempfile
import threading
import time

PATIENCE_S = 60


def until(condition, what):
    """Waits for a condition that is asked again and again; returns what it gave."""
    deadline = time.monotonic() + PATIENCE_S
    between = threading.Event()
    while time.monotonic() < deadline:
        result = condition()
        if result:
            return result
        between.wait(0.02)
    raise AssertionError(f"{what} did not happen within {PATIENCE_S} seconds")


class Broker:
    """A broker of tools/kafka/broker; it ends with this process at the latest."""

    def __init__(self, folder):
        self.folder = folder / "broker"

    def _run(self, *arguments):
        environment = os.environ | {"BERDAYA_BROKER_OWNER": str(os.getpid()), "BERDAYA_BROKER_JAVA": "-XX:TieredStopAtLevel=1"}
        done = subprocess.run(
            ["tools/kafka/broker", *arguments], env=environment, stdout=subprocess.PIPE, text=True, check=True, timeout=180
        )
        return done.stdout

    def start(self, port=None):
        printed = self._run("start", str(self.folder), *([str(port)] if port else []))
        return next(line.split("=", 1)[1] for line in printed.splitlines() if line.startswith("bootstrap="))

    def stop(self):
        self._run("stop", str(self.folder))


class Service:
    """A service of ours as a process."""

    def __init__(self, program, folder, brokers, *options, name="registry"):
        self.ports = folder / f"{name}.ports"
        self.log = folder / f"{name}.log"
        self.ports.unlink(missing_ok=True)
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen(
                [
                    program,
                    f"--bus.brokers={brokers}",
                    f"--store.url=sqlite:{folder}/{name}.db",
                    "--grpc.listen=127.0.0.1:0",
                    "--http.listen=127.0.0.1:0",
                    f"--run.port_file={self.ports}",
                    *options,
                ],
                stdout=log,
                stderr=log,
            )

    def addresses(self):
        """{"grpc": "127.0.0.1:port", "http": ...} once it has started."""

        def read():
            if self.process.poll() is not None:
                raise AssertionError(f"it ended with {self.process.returncode}:\n{self.text()}")
            return self.ports.exists() and dict(line.split("=", 1) for line in self.ports.read_text().splitlines())

        return until(read, "its start")

    def text(self):
        return self.log.read_text(errors="replace")

    def wait(self):
        return self.process.wait(PATIENCE_S)

    def stop(self, how=signal.SIGTERM):
        if self.process.poll() is None:
            self.process.send_signal(how)
        return self.wait()


def scratch():
    return tempfile.TemporaryDirectory(prefix="berdaya-contracts-", ignore_cleanup_errors=True)


def path_of(folder):
    return pathlib.Path(folder.name)
