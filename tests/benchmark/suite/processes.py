"""The processes of a run: a private MariaDB, the bare server, berthd."""

import atexit
import contextlib
import json
import os
import pathlib
import re
import shutil
import socket
import subprocess
import tempfile
import time

ROWS = 100_000
USER, PASSWORD, DATABASE = "bench", "bench", "bench"

# Ten digits of the id stand at the start of `c`: the load client looks for
# them in every answer.
TABLE = f"""
CREATE DATABASE {DATABASE};
CREATE USER '{USER}'@'localhost' IDENTIFIED BY '{PASSWORD}';
GRANT ALL ON {DATABASE}.* TO '{USER}'@'localhost';
USE {DATABASE};
CREATE TABLE sbtest (
  id INT NOT NULL PRIMARY KEY, k INT NOT NULL DEFAULT 0,
  c CHAR(120) NOT NULL DEFAULT '', pad CHAR(60) NOT NULL DEFAULT '',
  KEY k_1 (k));
INSERT INTO sbtest SELECT seq, seq * 7919 MOD {ROWS},
  CONCAT(LPAD(seq, 10, '0'), '-', RPAD(SHA2(seq, 256), 109, '1234567890')),
  RPAD(MD5(seq), 60, '1234567890') FROM seq_1_to_{ROWS};
ANALYZE TABLE sbtest;
"""


# The rows of the workloads of many rows, and a table of the same shape to
# insert into.
MANY_ROWS = """
CREATE OR REPLACE TABLE many_rows LIKE sbtest;
INSERT INTO many_rows SELECT seq, seq * 7919 MOD 1000003,
  CONCAT(LPAD(seq, 10, '0'), '-', RPAD(SHA2(seq, 256), 109, '1234567890')),
  RPAD(MD5(seq), 60, '1234567890') FROM seq_1_to_{count};
ANALYZE TABLE many_rows;
"""
BULK_TABLE = """
CREATE TABLE IF NOT EXISTS bulk_rows LIKE sbtest;
TRUNCATE bulk_rows;
"""
BULK_CHECKSUM = ("SELECT COUNT(*), SUM(CRC32(CONCAT_WS('|', id, k, c, pad))) "
                 "FROM bulk_rows")


class Missing(Exception):
    """Something that has to be installed or built first."""


def cpu_seconds(pid):
    """The CPU time that a process has used, user and system.

    It is what utime + stime of /proc/<pid>/stat count, but in nanoseconds and
    not in ticks of 10 ms: the kernel's CPU clock of another process.
    """
    return time.clock_gettime(~pid << 3 | 2)


def machine_cpu_seconds():
    """The CPU time of the whole machine so far, idle time left out."""
    fields = pathlib.Path("/proc/stat").read_text().split(maxsplit=9)
    user, nice, system, _idle, _wait, irq, softirq, _steal = map(
        int, fields[1:9])
    ticks = user + nice + system + irq + softirq
    return ticks / os.sysconf("SC_CLK_TCK")


def thread_names(pid):
    tasks = pathlib.Path(f"/proc/{pid}/task")
    return sorted((task / "comm").read_text().strip() for task in tasks.iterdir())


def _status_mib(pid, key):
    status = pathlib.Path(f"/proc/{pid}/status").read_text()
    return int(re.search(rf"^{key}:\s+(\d+) kB", status, re.M).group(1)) / 1024


def resident_mib(pid):
    return _status_mib(pid, "VmRSS")


def peak_mib(pid):
    """The most since `forget_peak`."""
    return _status_mib(pid, "VmHWM")


def forget_peak(pid):
    pathlib.Path(f"/proc/{pid}/clear_refs").write_text("5")


def program(name, *places):
    """The path of a program, of the system or built."""
    for place in places:
        if (place / name).exists():
            return str(place / name)
    path = shutil.which(name, path=os.environ["PATH"] + ":/usr/sbin")
    if path is None:
        raise Missing(f"{name} is missing"
                      + (f" in {places[0]}: build it first" if places else ""))
    return path


def free_port():
    with contextlib.closing(socket.socket()) as sock:
        sock.bind(("127.0.0.1", 0))
        return sock.getsockname()[1]


class Process:
    """A program that runs until the suite ends."""

    running = []

    def __init__(self, arguments, log):
        self.log = log
        with open(log, "w") as out:
            self.popen = subprocess.Popen(arguments, stdout=out, stderr=out)
        self.pid = self.popen.pid
        Process.running.append(self)
        atexit.register(self.stop)

    def wait_until(self, ready, seconds=30):
        deadline = time.monotonic() + seconds
        while not ready():
            if self.popen.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"{self.popen.args[0]} did not start:\n"
                                   + self.log.read_text()[-2000:])
            time.sleep(0.05)

    def stop(self):
        if self.popen.poll() is None:
            self.popen.terminate()
            try:
                self.popen.wait(20)
            except subprocess.TimeoutExpired:
                self.popen.kill()
                self.popen.wait()


class MariaDb(Process):
    """A MariaDB with its own data, on a Unix socket only, with its defaults.

    The data lies in the build directory; the socket does not, since its path
    may have no more than 107 characters.
    """

    def __init__(self, work):
        data = work / "data"
        shutil.rmtree(data, ignore_errors=True)
        sockets = tempfile.mkdtemp(prefix="berth-bench-")
        self.socket = f"{sockets}/mariadb.sock"
        as_root = ["--user=root"] if os.geteuid() == 0 else []
        subprocess.run(
            [program("mariadb-install-db"), "--no-defaults", f"--datadir={data}",
             "--auth-root-authentication-method=normal", "--skip-test-db",
             *as_root], check=True, stdout=subprocess.DEVNULL)
        super().__init__(
            [program("mariadbd"), "--no-defaults", f"--datadir={data}",
             f"--socket={self.socket}", "--skip-networking",
             "--max-connections=500", *as_root], work / "mariadb.log")
        atexit.register(shutil.rmtree, data, ignore_errors=True)
        atexit.register(shutil.rmtree, sockets, ignore_errors=True)
        atexit.register(self.stop)  # last in, first out: before its data goes
        self.wait_until(self._answers)
        self._client("--execute=" + TABLE, check=True)

    def arguments(self):
        """How the programs of the suite are told of it."""
        return [f"--socket={self.socket}", f"--user={USER}",
                f"--password={PASSWORD}", f"--database={DATABASE}"]

    def make_many_rows(self, count):
        self._client(f"--database={DATABASE}",
                     "--execute=" + MANY_ROWS.format(count=count), check=True)

    def make_bulk_table(self):
        self._client(f"--database={DATABASE}", "--execute=" + BULK_TABLE,
                     check=True)

    def bulk_checksum(self):
        """Count and checksum of what a bulk insert has stored."""
        return self._client(f"--database={DATABASE}", "--skip-column-names",
                            "--execute=" + BULK_CHECKSUM, check=True).stdout

    def _answers(self):
        return self._client("--execute=DO 1").returncode == 0

    def _client(self, *arguments, check=False):
        return subprocess.run(
            [program("mariadb"), "--no-defaults", f"--socket={self.socket}",
             "--user=root", "--batch", *arguments], check=check, text=True,
            stdout=subprocess.PIPE,
            stderr=None if check else subprocess.DEVNULL)


class BareServer(Process):
    def __init__(self, build, work, mariadb, connections):
        echo = mariadb is None
        super().__init__(
            [program("bench_bare_server", build / "tests/benchmark"),
             f"--connections={connections}",
             *(["--echo"] if echo else mariadb.arguments())],
            work / ("echo_server.log" if echo else "bare_server.log"))
        listening = re.compile(r"listening on port (\d+)")
        self.wait_until(lambda: listening.search(self.log.read_text()))
        port = listening.search(self.log.read_text()).group(1)
        self.target = f"127.0.0.1:{port}"


class Berthd(Process):
    """`local`: on a Unix socket, as MariaDB is."""

    def __init__(self, build, work, mariadb, connections, local=False):
        name = "berthd-local" if local else "berthd"
        port = free_port()
        path = pathlib.Path(mariadb.socket).with_name("berthd.sock")
        self.target = f"unix:{path}" if local else f"127.0.0.1:{port}"
        config = work / f"{name}.yaml"
        config.touch(mode=0o600)
        # JSON is YAML. The queue takes what the workloads have in flight.
        config.write_text(json.dumps({
            "listen": self.target,
            "databases": [DATABASE],
            "mariadb": {"socket": mariadb.socket, "user": USER,
                        "password": PASSWORD},
            "pool": {"max_size": connections, "min_idle": connections},
        }))
        super().__init__([program("berthd", build / "server"),
                          "--config", str(config)], work / f"{name}.log")
        self.wait_until(path.exists if local else lambda: self._listens(port))

    @staticmethod
    def _listens(port):
        with contextlib.closing(socket.socket()) as sock:
            return sock.connect_ex(("127.0.0.1", port)) == 0
