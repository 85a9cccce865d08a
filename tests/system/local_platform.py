"""The platform on this machine for a test: a broker, the four services, and a way to kill one. Standard library only."""
import os
import re
import shutil
import subprocess
import sys
import tempfile
import threading
import urllib.error
import urllib.request

SERVICES = ("registry", "graduation", "enterprise-mentoring", "reporting")
START_TIMEOUT_S = 60


def program(build, name):
    for folder, folders, files in os.walk(build):
        folders[:] = [f for f in folders if f != "CMakeFiles"]
        if name in files and os.access(os.path.join(folder, name), os.X_OK):
            return os.path.join(folder, name)
    raise SystemExit(f"{build} has no {name}; build it first")


class Platform:
    """Starts everything on entry, ends everything on exit: by process id, and with its data unless something failed."""

    def __init__(self, root, build):
        self.root = root
        self.build = build
        self.data = tempfile.mkdtemp(prefix="berdaya-system.")
        self.process = {}
        self.addresses = {}  # of each service: grpc and http, the same after a restart
        self.waiter = threading.Event()  # never set: a wait with a bound

    def __enter__(self):
        self.brokers = re.search(r"bootstrap=(\S+)", self.broker("start")).group(1)
        subprocess.run([program(self.build, "berdaya-topics"), f"--brokers={self.brokers}"], check=True, cwd=self.root,
                       stdout=subprocess.DEVNULL)
        for name in SERVICES:
            self.start(name)
        for name in SERVICES:
            self.wait_until_ready(name)
        return self

    def __exit__(self, kind, value, trace):
        for process in self.process.values():
            process.terminate()
        for process in self.process.values():
            process.wait()
        self.broker("stop")
        if kind is None:
            shutil.rmtree(self.data)
        else:
            print(f"logs and data are in {self.data}", file=sys.stderr)

    def broker(self, command):
        environment = dict(os.environ, BERDAYA_BROKER_OWNER=str(os.getpid()))
        result = subprocess.run([os.path.join(self.root, "tools/kafka/broker"), command, os.path.join(self.data, "broker")], check=True,
                                env=environment, stdout=subprocess.PIPE, text=True)
        return result.stdout

    def start(self, name):
        ports = os.path.join(self.data, f"{name}.ports")
        if os.path.exists(ports):
            os.remove(ports)
        known = self.addresses.get(name, {"grpc": "127.0.0.1:0", "http": "127.0.0.1:0"})
        with open(os.path.join(self.data, f"{name}.log"), "a", encoding="utf-8") as log:
            self.process[name] = subprocess.Popen(
                [program(self.build, f"berdaya-{name}"), f"--bus.brokers={self.brokers}",
                 f"--store.url=sqlite:{self.data}/{name}.db", f"--grpc.listen={known['grpc']}", f"--http.listen={known['http']}",
                 f"--run.port_file={ports}"], cwd=self.root, stdout=log, stderr=log)

    def wait_until_ready(self, name):
        ports = os.path.join(self.data, f"{name}.ports")
        for _ in range(START_TIMEOUT_S * 20):
            if self.process[name].poll() is not None:
                raise SystemExit(f"{name} ended with code {self.process[name].returncode}; see {self.data}/{name}.log")
            if os.path.exists(ports):
                with open(ports, encoding="utf-8") as lines:
                    self.addresses[name] = dict(line.strip().split("=", 1) for line in lines)
                try:
                    with urllib.request.urlopen(f"http://{self.addresses[name]['http']}/readyz", timeout=5):
                        return
                except (urllib.error.URLError, OSError):
                    pass
            self.waiter.wait(0.05)
        raise SystemExit(f"{name} did not become ready; see {self.data}/{name}.log")

    def kill(self, name):
        """SIGKILL, and a start on the same data and ports. It need not be ready when this returns."""
        self.process[name].kill()
        self.process[name].wait()
        self.start(name)

    def where(self):
        """The arguments that tell a program of the simulation where everything is."""
        return ["--brokers", self.brokers, "--registry", self.addresses["registry"]["grpc"], "--graduation",
                self.addresses["graduation"]["grpc"], "--mentoring", self.addresses["enterprise-mentoring"]["grpc"], "--reporting",
                self.addresses["reporting"]["grpc"]]
