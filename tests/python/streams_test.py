"""SelectStream and ExecuteStream."""

import os
import time

import grpc
from berth.v1 import database_pb2, database_pb2_grpc, query_pb2
from client_case import TABLE, TIMEOUT, ClientCase, Code
from error_details import error_info

ENDLESS = "SELECT seq, REPEAT('x', 100) FROM seq_1_to_2000000000"


def statement(sql):
    return database_pb2.ExecuteRequest(statement=query_pb2.Statement(sql=sql))


class StreamsTest(ClientCase):

    def rows_of(self, stream):
        """All rows of a stream with one result and no value that is cut."""
        rows = []
        for number, chunk in enumerate(stream):
            self.assertEqual(bool(chunk.result.columns), number == 0)
            self.assertFalse(chunk.result.last_cell_continues)
            rows.extend(chunk.result.rows.rows)
        self.assertEqual(chunk.result.end.row_count, len(rows))
        return rows

    def gone(self, name):
        """Waits until no statement of this name runs."""
        latest = time.monotonic() + TIMEOUT
        while self.runs(name):
            self.assertLess(time.monotonic(), latest, f"{name} still runs")
            time.sleep(0.01)

    def test_select_stream_gives_every_row(self):
        self.execute(f"INSERT INTO {TABLE} (name, age) SELECT CONCAT('n', seq), "
                     "seq FROM seq_1_to_30000")
        request = database_pb2.SelectRequest(select=query_pb2.SelectSpec(
            table=TABLE, columns=["name", "age"],
            filter=query_pb2.Filter(where="age > 0 ORDER BY age")))
        rows = self.rows_of(
            self.database.SelectStream(request, timeout=TIMEOUT))
        self.assertEqual([row.values[1].int_value for row in rows],
                         list(range(1, 30001)))
        self.assertEqual(rows[-1].values[0].text, "n30000")

    def test_execute_stream_gives_every_row(self):
        rows = self.rows_of(self.database.ExecuteStream(
            statement("SELECT seq, REPEAT('x', 50) FROM seq_1_to_50000"),
            timeout=TIMEOUT))
        self.assertEqual(len(rows), 50000)

    def test_a_large_value_comes_in_pieces(self):
        stream = self.database.ExecuteStream(
            statement("SELECT 1, REPEAT('abc', 1500000), 2"), timeout=TIMEOUT)
        cells, continues = [], False
        for chunk in stream:
            for row in chunk.result.rows.rows:
                for value in row.values:
                    if continues:
                        cells[-1] += value.text
                    else:
                        cells.append(value.text or value.int_value)
                    continues = False
                continues = chunk.result.last_cell_continues
        self.assertEqual(cells, [1, "abc" * 1500000, 2])

    def test_errors_before_the_first_row_have_details(self):
        stream = self.database.ExecuteStream(statement("SELEC 1"),
                                             timeout=TIMEOUT)
        error = self.fails(Code.INVALID_ARGUMENT, list, stream)
        self.assertEqual(error_info(error).reason, "SYNTAX")

    def test_cancel_ends_the_statement(self):
        stream = self.database.ExecuteStream(
            statement(ENDLESS + " /* python_cancel */"), timeout=60)
        next(stream)
        self.assertTrue(self.runs("python_cancel"))
        stream.cancel()
        self.fails(Code.CANCELLED, list, stream)
        self.gone("python_cancel")

    def test_deadline_ends_the_statement(self):
        stream = self.database.ExecuteStream(
            statement(ENDLESS + " /* python_deadline */"), timeout=0.5)
        next(stream)
        time.sleep(0.6)
        self.fails(Code.DEADLINE_EXCEEDED, list, stream)
        self.gone("python_deadline")

    def test_a_client_that_stops_reading_finishes_afterwards(self):
        """90 s with BERTH_TEST_SCALE=1, longer than MariaDB's own limit."""
        pause = 90 * float(os.environ.get("BERTH_TEST_SCALE", "0.1"))
        with grpc.insecure_channel(os.environ["BERTH_ENDPOINT"]) as channel:
            stream = database_pb2_grpc.DatabaseStub(channel).ExecuteStream(
                statement("SELECT seq, REPEAT('x', 100) FROM seq_1_to_300000"))
            rows = len(next(stream).result.rows.rows)
            time.sleep(pause)
            for chunk in stream:
                rows += len(chunk.result.rows.rows)
        self.assertEqual(rows, 300000)
