"""The workloads. Each takes a Run and reports to run.report."""

import json
import statistics
import time

from suite.processes import (cpu_seconds, forget_peak, peak_mib,
                             resident_mib, thread_names)
from suite.report import table
from suite.statistics_of_pairs import Ratio

IN_FLIGHT = (1, 16, 64)
# The part of the machine that others may use during a measurement.
MUCH_FOREIGN = 0.1
# What L-both has to reach of L-db to be a baseline worth beating.
BARE_OF_DIRECT = {16: 0.38, 64: 0.40}


def w1(run):
    """W1: point selects, berthd against L-both, and L-both against L-db."""
    rows, kept = [], {}
    for in_flight in IN_FLIGHT:
        seen = _interleaved(run, in_flight)
        direct = [m.rate for m in seen["L-db"]]
        bare = [m.rate for m in seen["L-both"]]
        kept[in_flight] = {
            name: [vars(m) for m in measured] for name, measured in seen.items()}
        of_direct = Ratio(bare, direct)
        if in_flight in BARE_OF_DIRECT:
            run.report.at_least(f"L-both / L-db at {in_flight}",
                                of_direct.median, BARE_OF_DIRECT[in_flight])
        for name, measured in seen.items():
            ours = Ratio([m.rate for m in measured], bare)
            cpu = Ratio([m.cpu for m in measured],
                        [m.cpu for m in seen["L-both"]])
            rows.append([
                f"{name} at {in_flight}", *_medians(measured),
                "" if name == "L-both" else ours,
                "" if name in ("L-both", "L-db") else cpu])
            kept[in_flight][name + " / L-both"] = {
                "throughput": ours.as_json(), "cpu": cpu.as_json()}
            if name == "berthd":
                run.report.at_least(f"W1 throughput at {in_flight}",
                                    ours.median, 0.90)
                run.report.at_most(f"W1 CPU per operation at {in_flight}",
                                   cpu.median, 1.15)
        rows.append([f"  L-both / L-db at {in_flight}", "", "", "", "",
                     of_direct, ""])
    table("W1 point select (CPU of L-db is MariaDB's own)",
          ["", "ops/s", "CPU µs/op", "p50 µs", "p99 µs",
           "ops / L-both [95 %]", "CPU / L-both [95 %]"], rows)
    run.report.keep("w1", kept)


def echo(run):
    """L-echo: what gRPC alone costs. No goal."""
    rows = []
    for in_flight in IN_FLIGHT:
        measured = [run.load.selects(run.echo_server, in_flight)
                    for _ in range(max(2, run.rounds // 2))]
        rows.append([f"L-echo at {in_flight}", *_medians(measured)])
    table("Echo", ["", "ops/s", "CPU µs/op", "p50 µs", "p99 µs"], rows)
    run.report.keep("echo", rows)


def idle(run):
    """W11: an idle berthd uses no CPU, with its pool open."""
    run.load.selects(run.berthd, 16)
    time.sleep(1)
    seconds = 15 if run.quick else 60
    used = _cpu_during(run.berthd, lambda: time.sleep(seconds))
    run.report.at_most(f"W11 CPU in {seconds} s idle", used,
                       0.1 * seconds / 60, " s")
    run.report.keep("idle", {"seconds": seconds, "cpu": used})


def slow(run):
    """A statement of ten seconds costs no CPU and delays nobody."""
    normal = run.load.paced(run.berthd, 5000, 5)

    def alone():
        done = run.load.execute(run.berthd, "SELECT SLEEP(10)")
        out, _ = done.communicate()
        if done.returncode != 0 or json.loads(out)["seconds"] < 9.9:
            raise RuntimeError("SELECT SLEEP(10) did not take ten seconds")

    used = _cpu_during(run.berthd, alone)
    run.report.at_most("ten-second statement: CPU", used, 0.05, " s")

    sleeper = run.load.execute(run.berthd, "SELECT SLEEP(10)")
    time.sleep(0.5)
    beside = run.load.paced(run.berthd, 5000, 5)
    sleeper.communicate()
    run.report.at_most("ten-second statement: median of selects beside it",
                       beside.p50 / normal.p50, 2, " ×")
    table("Ten-second statement", ["", "p50 µs", "p99 µs"],
          [["selects alone", f"{normal.p50:.0f}", f"{normal.p99:.0f}"],
           ["selects beside it", f"{beside.p50:.0f}", f"{beside.p99:.0f}"]])
    run.report.keep("slow", {"cpu": used, "normal": vars(normal),
                             "beside": vars(beside)})


def threads(run):
    """No thread of gRPC's callback API: it would take half the throughput."""
    names = thread_names(run.berthd.pid)
    print("\nThreads of berthd: " + ", ".join(names))
    pollers = [name for name in names
               if name.startswith(("nexting_thread", "grpcpp_sync_ser"))]
    run.report.holds("no thread of the callback or sync API", not pollers,
                     ", ".join(pollers) or "none")
    run.report.keep("threads", names)


def lua(run):
    """W9: `safe` with one `one` in Lua, against LuaFan's way of working and
    against the C++ client in the same shape."""
    kept = {}
    for users in (0, 1, 16):
        name = f"at {users}" if users else "at 1, blocking"
        kept[name] = seen = _in_turns(run, _lua_contestants(run, users))
        rows = []
        for contestant, measured in seen.items():
            row = [contestant, *(
                f"{statistics.median(getattr(m, key) for m in measured):,.{n}f}"
                for key, n in (("rate", 0), ("client", 1), ("service", 1),
                               ("mariadb", 1), ("cpu", 1)))]
            for baseline in ("C++ client", "LuaFan's way", "the same in C++"):
                if baseline not in seen or baseline == contestant:
                    row.append("")
                    continue
                ratio = _rates(measured, seen[baseline])
                row.append(ratio)
                if not contestant.startswith("safe"):
                    continue
                if baseline == "C++ client":
                    run.report.at_least(f"W9 {contestant} / C++ client {name}",
                                        ratio.median, 0.80)
                elif users == 16:
                    run.report.at_least(f"W9 {contestant} / {baseline} {name}",
                                        ratio.median, 1.0)
            rows.append(row)
        table(f"W9 one read in Lua {name} (CPU in µs per read)",
              ["", "reads/s", "client", "service", "MariaDB", "sum",
               "/ C++ client [95 %]", "/ LuaFan's way [95 %]",
               "/ the same in C++ [95 %]"], rows)
    run.report.keep("lua", {name: {contestant: [vars(m) for m in measured]
                                   for contestant, measured in seen.items()}
                            for name, seen in kept.items()})


def _lua_contestants(run, users):
    load, mariadb, berthd = run.load, run.mariadb, run.local_berthd
    contestants = {
        "C++ client": lambda: load.sessions(mariadb, berthd, users),
        "safe, Lua 5.4": lambda: load.safe(mariadb, berthd, "5.4", users),
        "safe, LuaJIT": lambda: load.safe(mariadb, berthd, "luajit", users),
    }
    if users:
        contestants.update({
            "LuaFan's way":
                lambda: load.luafan_way_in_lua(mariadb, "5.4", users),
            "LuaFan's way, LuaJIT":
                lambda: load.luafan_way_in_lua(mariadb, "luajit", users),
            "LuaFan's way, with its cursor":
                lambda: load.luafan_way_in_lua(mariadb, "5.4", users, True),
            "the same in C++": lambda: load.luafan_way(mariadb, users),
            "over TCP: safe, Lua 5.4":
                lambda: load.safe(mariadb, run.berthd, "5.4", users),
        })
    return contestants


def _in_turns(run, contestants):
    """Measures in the order A B C, C B A, …"""
    seen = {name: [] for name in contestants}
    for round_ in range(run.rounds):
        for name in sorted(contestants, reverse=round_ % 2 == 1):
            seen[name].append(contestants[name]())
    return seen


def _rates(ours, baseline):
    return Ratio([m.rate for m in ours], [m.rate for m in baseline])


def w3(run):
    """W3: many rows streamed by the C++ client, against a bare fetch."""
    count = run.many_rows
    run.mariadb.make_many_rows(count)
    contestants = {
        "direct": lambda: run.load.many_rows_direct(run.mariadb, "read"),
        "berthd": lambda: run.load.many_rows(run.berthd, "read"),
    }
    resident = {"before": resident_mib(run.berthd.pid)}
    forget_peak(run.berthd.pid)
    seen = _in_pairs(run, contestants)
    resident["during"] = peak_mib(run.berthd.pid)
    resident["after"] = resident_mib(run.berthd.pid)
    _same([each for all_ in seen.values() for each in all_], count)
    ratio = _many_rows_table("W3 rows streamed and decoded", seen, "direct")
    print("  berthd's memory: " + ", ".join(
        f"{value:.1f} MiB {when}" for when, value in resident.items()))
    run.report.at_least("W3 rows/s of a bare fetch", ratio.median, 0.75)
    run.report.at_most("W3 growth of berthd's memory",
                       resident["during"] - resident["before"], 8, " MiB")
    run.report.keep("w3", {"resident_mib": resident} | {
        name: [vars(m) for m in all_] for name, all_ in seen.items()})


def w4(run):
    """W4: bulk insert by the C++ client, against array binding and LOAD DATA."""
    count = run.many_rows
    stored = set()

    def into_an_empty_table(insert):
        run.mariadb.make_bulk_table()
        measured = insert()
        stored.add(run.mariadb.bulk_checksum())
        return measured

    contestants = {
        "array binding": lambda: into_an_empty_table(
            lambda: run.load.many_rows_direct(run.mariadb, "insert", count)),
        "LOAD DATA": lambda: into_an_empty_table(
            lambda: run.load.many_rows_direct(run.mariadb, "load", count)),
        "berthd": lambda: into_an_empty_table(
            lambda: run.load.many_rows(run.berthd, "insert", count)),
    }
    seen = _in_pairs(run, contestants)
    _same([each for all_ in seen.values() for each in all_], count)
    if len(stored) != 1 or not stored.copy().pop().startswith(f"{count}\t"):
        raise RuntimeError(f"the tables differ: {sorted(stored)}")
    ratio = _many_rows_table("W4 bulk insert", seen, "array binding")
    of_load = Ratio([m.rate for m in seen["berthd"]],
                    [m.rate for m in seen["LOAD DATA"]])
    run.report.at_least("W4 rows/s of array binding", ratio.median, 0.90)
    run.report.at_least("W4 rows/s of LOAD DATA LOCAL", of_load.median, 0.85)
    run.report.keep("w4", {
        name: [vars(m) for m in all_] for name, all_ in seen.items()})


def _in_pairs(run, contestants):
    """Measures in the order A B, B A, …: drift hits all alike."""
    seen = {name: [] for name in contestants}
    for round_ in range(run.rounds):
        for name in sorted(contestants, reverse=round_ % 2 == 1):
            seen[name].append(contestants[name]())
    return seen


def _same(measured, rows):
    """Everybody has handled the same rows."""
    told = {(m.rows, m.sum) for m in measured}
    if len(told) != 1 or {count for count, _ in told} != {rows}:
        raise RuntimeError(f"the rows differ: {sorted(told)}")


def _many_rows_table(title, seen, baseline):
    rows = []
    for name, measured in seen.items():
        ratio = Ratio([m.rate for m in measured],
                      [m.rate for m in seen[baseline]])
        def median(key, of=measured):
            return statistics.median(getattr(m, key) for m in of)
        rows.append([name, f"{median('rate'):,.0f}", f"{median('cpu'):.3f}",
                     f"{median('client_cpu'):.3f}",
                     "" if name == baseline else ratio])
    table(title + " (service's CPU: MariaDB's where there is none)",
          ["", "rows/s", "service CPU µs/row", "client CPU µs/row",
           f"rows / {baseline} [95 %]"], rows)
    return Ratio([m.rate for m in seen["berthd"]],
                 [m.rate for m in seen[baseline]])


def _interleaved(run, in_flight):
    """Measures in the order A B C, C B A, …: drift hits all alike.

    A round that shared the machine with others is measured again, as long as
    there are spare rounds.
    """
    contestants = {
        "L-db": lambda: run.load.direct(run.mariadb, in_flight),
        "L-both": lambda: run.load.selects(run.bare_server, in_flight),
    }
    if run.has_berthd:
        contestants["berthd"] = lambda: run.load.selects(run.berthd, in_flight)
    rounds = []
    spare = run.rounds
    while len(rounds) < run.rounds:
        backwards = len(rounds) % 2 == 1
        rounds.append({name: contestants[name]()
                       for name in sorted(contestants, reverse=backwards)})
        foreign = max(m.foreign for m in rounds[-1].values())
        if foreign > MUCH_FOREIGN and spare > 0:
            spare -= 1
            rounds.pop()
    return {name: [measured[name] for measured in rounds]
            for name in contestants}


def _medians(measured):
    def of(key):
        return statistics.median(getattr(m, key) for m in measured)
    return [f"{of('rate'):,.0f}", f"{of('cpu'):.1f}", f"{of('p50'):.0f}",
            f"{of('p99'):.0f}"]


def _cpu_during(process, work):
    before = cpu_seconds(process.pid)
    work()
    return cpu_seconds(process.pid) - before


# Name: the function, and whether it needs berthd.
WORKLOADS = {"w1": (w1, False), "echo": (echo, False), "idle": (idle, True),
             "slow": (slow, True), "threads": (threads, True),
             "lua": (lua, True), "w3": (w3, True), "w4": (w4, True)}
