"""What all tests of a foreign client share: a channel, a table, the verbs."""

import os
import unittest

import grpc
import select_insert
from berth.v1 import database_pb2, database_pb2_grpc, query_pb2, value_pb2

Code = grpc.StatusCode
Value = value_pb2.Value
TABLE = "python_users"
# No call of these tests takes longer, except where one says so.
TIMEOUT = 10


class ClientCase(unittest.TestCase):

    @classmethod
    def setUpClass(cls):
        cls.channel = grpc.insecure_channel(os.environ["BERTH_ENDPOINT"])
        grpc.channel_ready_future(cls.channel).result(TIMEOUT)
        cls.database = database_pb2_grpc.DatabaseStub(cls.channel)
        select_insert.register_users(cls.channel)

    @classmethod
    def tearDownClass(cls):
        cls.execute(f"DROP TABLE {TABLE}")
        cls.channel.close()

    def setUp(self):
        self.execute(f"DELETE FROM {TABLE}")

    @classmethod
    def execute(cls, sql, timeout=TIMEOUT):
        return cls.database.Execute(
            database_pb2.ExecuteRequest(statement=query_pb2.Statement(sql=sql)),
            timeout=timeout)

    def select(self, timeout=TIMEOUT, **spec):
        return self.database.Select(
            database_pb2.SelectRequest(
                select=query_pb2.SelectSpec(table=TABLE, **spec)),
            timeout=timeout)

    def count(self):
        """The rows of the table."""
        return self.select().result.end.row_count

    def runs(self, name):
        """Whether a statement with this name in a comment runs in MariaDB."""
        answer = self.execute(
            "SELECT COUNT(*) FROM information_schema.processlist WHERE id <> "
            f"CONNECTION_ID() AND info LIKE '%/* {name} */%'")
        row, = answer.results[0].rows.rows
        return row.values[0].int_value > 0

    def fails(self, code, function, *arguments, **named):
        """Runs a call that fails with this code. Returns the error."""
        with self.assertRaises(grpc.RpcError) as caught:
            function(*arguments, **named)
        self.assertEqual(caught.exception.code(), code, caught.exception)
        return caught.exception
