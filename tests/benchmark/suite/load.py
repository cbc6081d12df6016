"""One measurement: a client of the suite against a server."""

import json
import os
import pathlib
import resource
import subprocess
import time

from suite.processes import (ROWS, Process, cpu_seconds,
                             machine_cpu_seconds, program)

HERE = pathlib.Path(__file__).resolve().parent.parent


class Measured:
    """What one client saw, the server's CPU per operation in µs, and the part
    of the machine that others used meanwhile."""

    def __init__(self, line, cpu, foreign):
        self.rate = line["ops_per_second"]
        self.p50 = line["p50_us"]
        self.p99 = line["p99_us"]
        self.cpu = cpu * 1e6 / line["total"] if line["total"] else 0.0
        self.foreign = foreign
        if line["errors"]:
            raise RuntimeError(f"{line['errors']} errors: {line['first_error']}")


class ManyRows:
    """What a program did with many rows: rows per second, its CPU and that of
    the service per row in µs, and a sum over what it read."""

    def __init__(self, line, cpu, foreign):
        self.rows = line["rows"]
        self.sum = line["sum"]
        self.rate = line["rows"] / line["seconds"]
        self.client_cpu = line["cpu"] * 1e6 / line["rows"]
        self.cpu = cpu * 1e6 / line["rows"]
        self.foreign = foreign


class Rated:
    """Operations per second, and the CPU in µs that each took: of the client,
    of the service (0 without one) and of MariaDB."""

    def __init__(self, rate, client, service, mariadb):
        self.rate = rate
        self.client = client
        self.service = service
        self.mariadb = mariadb
        self.cpu = client + service + mariadb


class Load:
    """Runs clients, and remembers what they measured."""

    def __init__(self, build, seconds, warmup, channels):
        self.all = []
        self._place = build / "tests/benchmark"
        self._time = [f"--seconds={seconds}", f"--warmup={warmup}",
                      f"--rows={ROWS}"]
        self._channels = channels
        self._seconds = seconds

    def direct(self, mariadb, connections):
        """L-db: no service, so its CPU is MariaDB's."""
        return self._run(mariadb.pid, "bench_direct_client", *self._time,
                         f"--connections={connections}", *mariadb.arguments())

    def selects(self, server, in_flight):
        return self._run(server.pid, "bench_load_client", *self._time,
                         f"--target={server.target}",
                         f"--in-flight={in_flight}",
                         f"--connections={min(self._channels, in_flight)}")

    def paced(self, server, interval_us, seconds):
        """One select after the other on a schedule, for this long."""
        return self._run(server.pid, "bench_load_client", "--warmup=0.5",
                         f"--seconds={seconds - 0.5}", f"--rows={ROWS}",
                         f"--target={server.target}", "--in-flight=16",
                         f"--interval-us={interval_us}")

    def execute(self, server, sql):
        """Begins one statement through Execute and returns the process."""
        return subprocess.Popen(
            [program("bench_load_client", self._place),
             f"--target={server.target}", f"--execute={sql}"],
            stdout=subprocess.PIPE, text=True)

    def luafan_way(self, mariadb, connections):
        """Reads as LuaFan does, without a service and without Lua."""
        return self._rate(mariadb, None,
                          [program("bench_luafan_way", self._place),
                           f"--connections={connections}",
                           f"--seconds={self._seconds}",
                           *mariadb.arguments()])

    def luafan_way_in_lua(self, mariadb, lua, connections, cursor=False):
        """Reads as LuaFan does, without a service."""
        values = [argument.split("=", 1)[1]
                  for argument in mariadb.arguments()]
        return self._lua(mariadb, None, lua, "luafan_way.lua", connections,
                         self._seconds, int(cursor), *values)

    def sessions(self, mariadb, server, users):
        """What `safe` does, in C++."""
        return self._rate(mariadb, server,
                          [program("bench_session_client", self._place),
                           f"--target={server.target}", "--database=bench",
                           f"--users={users}", f"--seconds={self._seconds}"])

    def safe(self, mariadb, server, lua, coroutines):
        """Calls of `safe` by coroutines of one Lua."""
        return self._lua(mariadb, server, lua, "lua_safe.lua", coroutines,
                         self._seconds)

    def _lua(self, mariadb, server, lua, script, *arguments):
        root = HERE.parent.parent
        build = self._place.parent.parent
        interpreter = lua if lua == "luajit" else f"lua{lua}"
        environment = {
            key: value for key, value in os.environ.items()
            if not key.startswith(("LUA_PATH_", "LUA_CPATH_"))}
        environment.update(
            BERTH_ENDPOINT=server.target if server else "",
            LUA_PATH=f"{root}/lua-client/?.lua;{root}/lua-client/?/init.lua;"
                     f"{root}/tests/lua/?.lua;;",
            LUA_CPATH=f"{build}/lua-client/{lua}/?.so;"
                      f"{build}/tests/lua/{lua}/?.so;"
                      f"{self._place}/{lua}/?.so;;")
        return self._rate(mariadb, server,
                          [program(interpreter), str(HERE / script),
                           *map(str, arguments)], env=environment)

    def many_rows(self, server, what, rows=0):
        """Reads or inserts by the C++ client."""
        return self._run(server.pid, "bench_many_rows_client",
                         f"--target={server.target}", *self._rows(what, rows),
                         as_=ManyRows)

    def many_rows_direct(self, mariadb, what, rows=0):
        """Reads, inserts or loads without a service."""
        return self._run(mariadb.pid, "bench_many_rows_direct",
                         *mariadb.arguments(), *self._rows(what, rows),
                         as_=ManyRows)

    @staticmethod
    def _rows(what, rows):
        table = "many_rows" if what == "read" else "bulk_rows"
        return [f"--table={table}", f"--rows={rows}", what]

    @staticmethod
    def _rate(mariadb, server, arguments, env=None):
        """Runs a client that prints operations per second, and how many there
        were in its whole life."""
        def used():
            clients = resource.getrusage(resource.RUSAGE_CHILDREN)
            return (clients.ru_utime + clients.ru_stime,
                    cpu_seconds(server.pid) if server else 0,
                    cpu_seconds(mariadb.pid))
        before = used()
        done = subprocess.run(arguments, stdout=subprocess.PIPE, text=True,
                              env=env)
        if done.returncode != 0:
            raise RuntimeError(f"{arguments[0]} failed")
        rate, total = map(float, done.stdout.split())
        return Rated(rate, *((after - start) * 1e6 / total
                             for after, start in zip(used(), before)))

    def _run(self, pid, name, *arguments, as_=Measured):
        began = time.monotonic()
        before = cpu_seconds(pid)
        foreign = self._foreign()
        done = subprocess.run([program(name, self._place), *arguments],
                              stdout=subprocess.PIPE, text=True)
        if done.returncode != 0:
            raise RuntimeError(f"{name} failed")
        cpu = cpu_seconds(pid) - before
        measured = as_(json.loads(done.stdout), cpu,
                       (self._foreign() - foreign) /
                       (time.monotonic() - began) / os.cpu_count())
        self.all.append(measured)
        return measured

    @staticmethod
    def _foreign():
        """The CPU time so far of all but the suite."""
        clients = resource.getrusage(resource.RUSAGE_CHILDREN)
        return (machine_cpu_seconds() - clients.ru_utime - clients.ru_stime
                - sum(cpu_seconds(process.pid) for process in Process.running))
