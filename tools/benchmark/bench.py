"""Runs the floor, the registry and all four services on the same records, one after another. See tools/bench and README.md."""
import argparse
import os
import pathlib
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request

BIN = pathlib.Path("build/release")
SERVICES = ("registry", "graduation", "enterprise-mentoring", "reporting")
PATIENCE_S = 60
# How long a reply takes is measured after the pipeline has taken in all records, with more of them at this rate.
PACED, PACED_RATE = 20_000, 2_000
TICKS = os.sysconf("SC_CLK_TCK")


def stat(pid):
    """CPU seconds of a process so far, and its largest resident set in MiB."""
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    peak = next(line for line in pathlib.Path(f"/proc/{pid}/status").read_text().splitlines() if line.startswith("VmHWM"))
    return (int(fields[11]) + int(fields[12])) / TICKS, int(peak.split()[1]) / 1024


class Broker:
    """A broker on a data folder; ends with the with-statement."""

    def __init__(self, folder):
        self.folder = folder

    def __enter__(self):
        started = subprocess.run(["tools/kafka/broker", "start", self.folder], check=True, stdout=subprocess.PIPE, text=True,
                                 env={**os.environ, "BERDAYA_BROKER_OWNER": str(os.getpid())}).stdout
        self.bootstrap = next(line for line in started.splitlines() if line.startswith("bootstrap=")).split("=", 1)[1]
        self.pid = int((self.folder / "broker.pid").read_text())
        return self

    def __exit__(self, *_):
        subprocess.run(["tools/kafka/broker", "stop", self.folder], check=True, stdout=subprocess.DEVNULL)


class Service:
    def __init__(self, name, broker, folder, url):
        self.name = name
        self.ports = folder / f"{name}.ports"
        self.log = folder / f"{name}.log"
        self.process = subprocess.Popen(
            [BIN / f"services/{name.replace('-', '_')}/berdaya-{name}", f"--bus.brokers={broker.bootstrap}", f"--store.url={url}",
             "--grpc.listen=127.0.0.1:0", "--http.listen=127.0.0.1:0", f"--run.port_file={self.ports}"],
            stderr=self.log.open("wb"))

    def check(self):
        if self.process.poll() is not None:
            sys.exit(f"bench: {self.name} ended: {self.log.read_text()[-2000:]}")

    def await_ports(self):
        while not self.ports.exists() or not self.ports.read_text():
            self.check()
            time.sleep(0.02)
        self.addresses = dict(line.split("=", 1) for line in self.ports.read_text().split())

    def figures(self):
        """Records handled, records that wait in the log and in the outbox; None if it does not tell."""
        wanted = ("berdaya_flow_records", "berdaya_flow_lag", "berdaya_flow_backlog")
        try:
            with urllib.request.urlopen(f"http://{self.addresses['http']}/metrics", timeout=5) as answer:
                pairs = dict(line.split()[:2] for line in answer.read().decode().splitlines() if not line.startswith("#"))
            return tuple(float(pairs[name]) for name in wanted)
        except (OSError, KeyError):
            return None

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(timeout=60)


def await_all(services, families):
    """Until the registry has handled every family, and nobody has anything waiting; the seconds since it handled the first."""
    moved, before, began = time.monotonic(), None, None
    while True:
        seen = {service.name: service.figures() for service in services}
        for service in services:
            service.check()
        if began is None and seen["registry"] and seen["registry"][0] > 0:
            began = time.monotonic()
        if all(seen.values()) and seen["registry"][0] >= families and not any(of[1] or of[2] for of in seen.values()):
            return time.monotonic() - began
        if seen != before:
            moved, before = time.monotonic(), seen
        if time.monotonic() - moved > PATIENCE_S:
            logs = "".join(service.log.read_text()[-1000:] for service in services)
            sys.exit(f"bench: nothing has moved for {PATIENCE_S} seconds: {seen}\n{logs}")
        time.sleep(0.05)


class Measure:
    """What one run cost: seconds from the first family to the last acknowledgement, and by process CPU seconds and MiB."""

    def __init__(self):
        self.seconds, self.cpu, self.peak, self.reply_ms = 0.0, {}, {}, {}

    def million(self, families, names):
        return sum(self.cpu[name] for name in names) / families * 1e6


class Bench:
    def __init__(self, options, work):
        self.options, self.work, self.runs = options, work, 0

    def prepare(self):
        """A broker's folder with every family published once; each run gets a copy."""
        with Broker(self.work / "records") as broker:
            subprocess.run([BIN / "tools/operations/berdaya-topics", f"--brokers={broker.bootstrap}"], check=True,
                           stdout=subprocess.DEVNULL)
            subprocess.run([BIN / "tools/operations/berdaya-days", f"--brokers={broker.bootstrap}", "--once"], check=True,
                           stdout=subprocess.DEVNULL)
            self.load(broker, f"--families={self.options.families}")

    def load(self, broker, *arguments):
        return subprocess.run([BIN / "tools/benchmark/berdaya-load", f"--brokers={broker.bootstrap}",
                               f"--total={self.options.families + PACED}", f"--seed={self.options.seed}", *arguments],
                              check=True, stdout=subprocess.PIPE, text=True).stdout

    def measure(self, run):
        """Runs it on a fresh copy of the records and adds what the broker cost."""
        self.runs += 1
        folder = self.work / f"run{self.runs}"
        shutil.copytree(self.work / "records", folder / "kafka")
        properties = folder / "kafka/server.properties"
        properties.write_text(properties.read_text().replace(str(self.work / "records"), str(folder / "kafka")))
        measure = Measure()
        with Broker(folder / "kafka") as broker:
            before = stat(broker.pid)[0]
            run(measure, broker, folder, lambda: stat(broker.pid)[0] - before)
            measure.peak["broker"] = stat(broker.pid)[1]
        shutil.rmtree(folder)
        return measure

    def floor(self, measure, broker, folder, broker_cpu):
        process = subprocess.Popen([BIN / "tools/benchmark/berdaya-floor", f"--brokers={broker.bootstrap}",
                                    f"--db={folder}/floor.db", f"--families={self.options.families}"], stdout=subprocess.PIPE, text=True)
        said = process.stdout.read().split()
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = status
        if status != 0:
            sys.exit("bench: the floor failed")
        measure.seconds, measure.cpu["broker"] = float(said[-1]), broker_cpu()
        measure.cpu["floor"], measure.peak["floor"] = usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024

    def services(self, names, measure, broker, folder, broker_cpu):
        services = [Service(name, broker, folder, self.url(name, folder)) for name in names]
        for service in services:
            service.await_ports()
        measure.seconds = await_all(services, self.options.families)
        measure.cpu["broker"] = broker_cpu()
        for service in services:
            measure.cpu[service.name], measure.peak[service.name] = stat(service.process.pid)
        if len(services) > 1:
            said = self.load(broker, f"--from={self.options.families}", f"--families={PACED}", f"--rate={PACED_RATE}")
            measure.reply_ms = dict((name, float(ms)) for name, ms in (word.split("_ms=") for word in said.split()[1:]))
        for service in services:
            service.stop()

    def url(self, name, folder):
        return f"sqlite:{folder}/{name}.db"

    def kinds(self):
        return {"floor": (self.floor, ("floor",)),
                "registry": (lambda *of: self.services(("registry",), *of), ("registry",)),
                "pipeline": (lambda *of: self.services(SERVICES, *of), SERVICES + ("broker",))}


def main():
    parser = argparse.ArgumentParser(prog="tools/bench", allow_abbrev=False)
    parser.add_argument("--families", type=int, default=200_000)
    parser.add_argument("--runs", type=int, default=1, help="of each, alternating; medians are told")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", default="floor,registry,pipeline")
    options = parser.parse_args()
    pathlib.Path(".berdaya").mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(dir=".berdaya", prefix="bench-") as work:
        bench = Bench(options, pathlib.Path(work).absolute())
        kinds = {name: kind for name, kind in bench.kinds().items() if name in options.only.split(",")}
        print(f"bench: publishing {options.families} families", flush=True)
        bench.prepare()
        measures = {name: [] for name in kinds}
        for i in range(options.runs):
            for name, (run, counted) in kinds.items():
                measure = bench.measure(run)
                measures[name].append(measure)
                print(f"bench: run {i + 1} {name}: {options.families / measure.seconds:.0f} families a second, "
                      f"{measure.million(options.families, counted):.2f} CPU seconds a million", flush=True)
        tell(options, kinds, measures)


def tell(options, kinds, measures):
    rate, cost = {}, {}
    for name, (_, counted) in kinds.items():
        rate[name] = statistics.median(options.families / m.seconds for m in measures[name])
        cost[name] = statistics.median(m.million(options.families, counted) for m in measures[name])
        for process in measures[name][0].cpu:
            cpu = statistics.median(m.million(options.families, (process,)) for m in measures[name])
            peak = max(m.peak[process] for m in measures[name])
            print(f"bench: {name + ',':9} {process:21} {cpu:6.2f} CPU seconds a million, {peak:5.0f} MiB at most")
    if "pipeline" in measures:
        p50, p99 = (statistics.median(m.reply_ms[name] for m in measures["pipeline"]) for name in ("p50", "p99"))
        print(f"bench: from publish to reply at {PACED_RATE} families a second: p50 {p50:.1f} ms, p99 {p99:.1f} ms")

    def figure(name):
        return f"{rate[name]:.0f}" if name in rate else "-"
    ratio = f"{cost['floor'] / cost['registry']:.2f}" if {"floor", "registry"} <= cost.keys() else "-"
    total = f"{cost['pipeline']:.2f}" if "pipeline" in cost else "-"
    print(f"bench: floor={figure('floor')} registry={figure('registry')} ratio={ratio} pipeline={figure('pipeline')} "
          f"cpu_seconds_per_million={total}")


main()
