#!/usr/bin/python3
"""Runs berthctl against a berthd of its own: berthctl_test.py BERTHCTL BERTHD"""

import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import unittest

TABLES = {"tables": [{"name": "users", "elements": [
    {"name": "id", "definition": "int not null auto_increment primary key"},
    {"name": "name", "definition": "varchar(100) not null unique"},
    {"name": "age", "definition": "int"},
    {"name": "doc", "definition": "json"}]}]}


def start_berthd(binary, folder, **variables):
    """Starts berthd on a free port; returns the process and its endpoint."""
    process = subprocess.Popen(
        [binary, "--embedded", "--data-dir", os.path.join(folder, "data"),
         "--port", "0"], env=dict(os.environ, **variables),
        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    for line in process.stdout:
        ready = re.match(r"berthd ready on (\S+)", line)
        if ready:
            return process, ready.group(1)
    raise RuntimeError("berthd did not get ready")


class ServiceTest(unittest.TestCase):
    """Tests that share a berthd."""

    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory(prefix="berthctl")
        cls.addClassCleanup(cls.folder.cleanup)
        cls.berthd, cls.endpoint = start_berthd(BERTHD, cls.folder.name,
                                                **cls.variables())
        cls.addClassCleanup(cls.stop)

    @classmethod
    def variables(cls):
        """What berthd is given in its environment."""
        return {}

    @classmethod
    def write(cls, name, text):
        """Writes a file that others cannot read; returns its path."""
        path = os.path.join(cls.folder.name, name)
        with open(path, "w", encoding="utf-8",
                  opener=lambda p, flags: os.open(p, flags, 0o600)) as file:
            file.write(text)
        return path

    @classmethod
    def stop(cls):
        cls.berthd.send_signal(signal.SIGTERM)
        cls.berthd.wait(60)
        cls.berthd.stdout.close()

    def run_ctl(self, *arguments, code=0, endpoint=None, stdin=None,
                **variables):
        """Runs berthctl, expects an exit code, returns both outputs."""
        environment = dict(os.environ, BERTH_ENDPOINT=endpoint or self.endpoint,
                           **variables)
        done = subprocess.run([BERTHCTL, *arguments], env=environment,
                              input=stdin, capture_output=True, text=True,
                              timeout=60, check=False)
        self.assertEqual(done.returncode, code, done.stdout + done.stderr)
        return done.stdout, done.stderr


class CredentialsTest(ServiceTest):
    @classmethod
    def variables(cls):
        hashed = subprocess.run(
            [BERTHD, "--hash-password"], input="s3cret\n", check=True,
            capture_output=True, text=True, timeout=60).stdout.strip()
        return {"BERTH_SECURITY_USERS_FILE": cls.write(
            "users.yaml", f"users: {{alice: {{password: '{hashed}'}}}}\n")}

    def test_right_ones_come_from_the_environment_or_a_file(self):
        self.run_ctl("pool", BERTH_USER="alice", BERTH_PASSWORD="s3cret")
        self.run_ctl("pool", "--user", "alice", BERTH_PASSWORD="s3cret")
        right = self.write("right", "s3cret\n")
        self.run_ctl("pool", "--user", "alice", "--password-file", right,
                     BERTH_PASSWORD="wrong")

    def test_wrong_and_missing_ones_are_1(self):
        wrong = self.write("wrong", "hunter2\n")
        for arguments in ([], ["--user", "alice"],
                          ["--user", "bob", "--password-file", wrong],
                          ["--user", "alice", "--password-file", wrong]):
            _, error = self.run_ctl("select", "users", *arguments, code=1)
            self.assertIn("CREDENTIALS", error)
            self.assertIn("NOT_DONE", error)
            self.assertIn("--password-file", error)
            self.assertNotIn("hunter2", error)

    def test_health_needs_none(self):
        self.run_ctl("health")

    def test_a_password_file_that_will_not_do_is_2(self):
        self.run_ctl("pool", "--user", "alice", "--password-file",
                     os.path.join(self.folder.name, "missing"), code=2)
        opened = self.write("open", "s3cret\n")
        os.chmod(opened, 0o644)
        _, error = self.run_ctl("pool", "--user", "alice", "--password-file",
                                opened, code=2)
        self.assertIn("open to other users", error)
        self.assertNotIn("s3cret", error)

    def test_a_wrong_users_file_is_told_by_check_config(self):
        users = self.write("bad.yaml", "users:\n  bob: {password: hunter2}\n")
        done = subprocess.run(
            [BERTHD, "--check-config"], capture_output=True, text=True,
            env=dict(os.environ, BERTH_SECURITY_USERS_FILE=users), timeout=60,
            check=False)
        self.assertEqual(done.returncode, 1)
        self.assertIn(f"{users}:2: users.bob.password: must be a hash",
                      done.stderr)
        self.assertNotIn("hunter2", done.stderr)


def peak_kib(pid):
    """The most memory that a process has used; None once it has ended."""
    # Not what wait4() tells: that has this process in it, which has forked.
    with open(f"/proc/{pid}/status", encoding="utf-8") as file:
        status = file.read()
    found = re.search(r"^VmHWM:\s+(\d+)", status, re.MULTILINE)
    return int(found[1]) if found else None


class BerthctlTest(ServiceTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.file = os.path.join(cls.folder.name, "tables.json")
        with open(cls.file, "w", encoding="utf-8") as file:
            json.dump(TABLES, file)

    def setUp(self):
        self.run_ctl("exec", "DROP TABLE IF EXISTS users")
        self.run_ctl("schema", "register", self.file)

    def test_health(self):
        self.assertEqual(self.run_ctl("health")[0], "status  serving\n")

    def test_unreachable_service_is_3(self):
        for command in ("health", "pool"):
            _, error = self.run_ctl(command, code=3, endpoint="127.0.0.1:9")
            self.assertIn("SERVICE_UNREACHABLE", error)
        _, error = self.run_ctl("insert", "users", "name=x", code=3,
                                endpoint="127.0.0.1:9")
        self.assertIn("NOT_DONE", error)

    def test_wrong_command_line_is_2(self):
        for arguments in ([], ["select"], ["explode"], ["health", "-o", "xml"],
                          ["insert", "users", "age=int:x"],
                          ["insert", "users", "age:=1"],
                          ["schema", "plan", "/no/such/file"],
                          ["health", "--timeout", "soon"],
                          ["health", "-e", "db.example.com:7390"]):
            self.run_ctl(*arguments, code=2)

    def test_help_has_examples(self):
        for command in ([], ["select"], ["insert"], ["update"], ["delete"],
                        ["exec"], ["schema"], ["health"], ["pool"]):
            self.assertIn("Examples:", self.run_ctl(*command, "--help")[0])

    def test_rows_there_and_back(self):
        out, _ = self.run_ctl("insert", "users", "name=日本語", "age=int:30",
                              'doc=json:{"a": [1]}')
        self.assertEqual(out, "1 row inserted, generated 1\n")
        self.run_ctl("insert", "users", "name=null?", "age=null")
        out, _ = self.run_ctl("select", "users", "--where", "age > ?",
                              "--param", "int:18", "-c", "id,name,age")
        self.assertEqual(out, " id | name   | age\n----+--------+-----\n"
                              "  1 | 日本語 |  30\n(1 row)\n")
        out, _ = self.run_ctl("select", "users", "-o", "json")
        self.assertEqual(json.loads(out), [
            {"id": 1, "name": "日本語", "age": 30, "doc": {"a": [1]}},
            {"id": 2, "name": "null?", "age": None, "doc": None}])
        out, _ = self.run_ctl("select", "users", "-o", "ndjson", "--order-by",
                              "id:desc", "--limit", "1", "-c", "id")
        self.assertEqual(out, '{"id": 2}\n')
        out, _ = self.run_ctl("select", "users", "-w", "id IN (?)", "-p",
                              "list:int:1,2", "--count", "-o", "json")
        self.assertEqual(json.loads(out), [{"count": 2}])

    def test_update_and_delete(self):
        self.run_ctl("insert", "users", "name=a", "age=int:1")
        out, _ = self.run_ctl("update", "users", "age:=age + 1", "name=b",
                              "--where", "id = ?", "-p", "int:1")
        self.assertEqual(out, "1 row changed\n")
        _, error = self.run_ctl("update", "users", "name=c", code=1)
        self.assertIn("all_rows", error)
        out, _ = self.run_ctl("delete", "users", "--all-rows", "-o", "json")
        self.assertEqual(json.loads(out)["affected_rows"], 1)

    def test_exec_reads_stdin(self):
        out, _ = self.run_ctl("exec", "-", "-p", "int:41", "-o", "json",
                              stdin="SELECT ? + 1 AS answer")
        self.assertEqual(json.loads(out), [{"answer": 42}])

    def test_exec_streams_any_size_in_flat_memory(self):
        berthctl = subprocess.Popen(
            [BERTHCTL, "exec",
             "SELECT seq, REPEAT('x', 1000) FROM seq_1_to_200000",
             "-o", "ndjson"],
            env=dict(os.environ, BERTH_ENDPOINT=self.endpoint),
            stdout=subprocess.PIPE, text=True)
        lines, last, peak = 0, "", 0
        with berthctl.stdout:
            while piece := berthctl.stdout.read(1 << 20):
                lines += piece.count("\n")
                last = (last + piece)[-2000:]
                peak = peak_kib(berthctl.pid) or peak
        self.assertEqual(berthctl.wait(), 0)
        self.assertEqual(lines, 200_000)
        self.assertEqual(json.loads(last.splitlines()[-1])["seq"], 200_000)
        self.assertGreater(peak, 0)
        self.assertLess(peak, 32 * 1024)

    def test_error_tells_what_to_know(self):
        self.run_ctl("insert", "users", "name=a")
        _, error = self.run_ctl("insert", "users", "name=a", code=1)
        for part in ("DUPLICATE_KEY", "NOT_DONE", "NEVER", "1062", "hint"):
            self.assertIn(part, error)
        out, error = self.run_ctl("select", "user", "-o", "json", code=1)
        self.assertEqual(out, "")
        self.assertEqual(json.loads(error)["error"]["reason"], "UNKNOWN_TABLE")

    def test_write_without_an_answer_in_time_is_5(self):
        _, error = self.run_ctl("exec", "INSERT INTO users (name) SELECT SLEEP(3)",
                                "--timeout", "300ms", code=5)
        self.assertIn("UNKNOWN", error)

    def test_schema(self):
        out, _ = self.run_ctl("schema", "list")
        self.assertRegex(out, r" users +\| +4 \| id")
        out, _ = self.run_ctl("schema", "show", "users")
        self.assertRegex(out, r" id +\| int\(11\) +\| no +\| primary \| auto_inc")
        out, _ = self.run_ctl("schema", "plan", self.file, "-o", "json")
        self.assertEqual(json.loads(out)["changes"], [])
        more = json.loads(json.dumps(TABLES))
        more["tables"][0]["elements"].append(
            {"name": "email", "definition": "varchar(50)"})
        out, _ = self.run_ctl("schema", "plan", "-", stdin=json.dumps(more))
        self.assertIn("ADD COLUMN", out.upper())

    def test_pool(self):
        out, _ = self.run_ctl("pool", "-o", "json")
        self.assertGreaterEqual(json.loads(out)["max_size"], 1)


if __name__ == "__main__":
    BERTHCTL, BERTHD = sys.argv[1:3]
    unittest.main(argv=sys.argv[:1])
