"""Single calls: rows, and what their errors tell."""

import time

import select_insert
from berth.v1 import database_pb2, options_pb2, query_pb2, value_pb2
from client_case import TABLE, TIMEOUT, ClientCase, Code, Value
from error_details import detail, error_info
from google.protobuf import duration_pb2
from google.rpc import error_details_pb2


class CallsTest(ClientCase):

    def test_rows_come_back(self):
        ids = select_insert.insert_users(self.channel, [("Ada", 36), ("Grace", 85)])
        self.assertEqual(ids, [ids[0], ids[0] + 1])
        self.assertEqual(select_insert.users_older_than(self.channel, 40),
                         [("Grace", 85)])
        self.assertEqual(len(select_insert.users_older_than(self.channel, 0)), 2)

    def test_columns_and_end_describe_the_rows(self):
        result = self.select().result
        self.assertEqual([column.name for column in result.columns],
                         ["id", "name", "age"])
        self.assertEqual(result.columns[1].type, value_pb2.COLUMN_TYPE_VARCHAR)
        self.assertEqual(result.end.row_count, 0)
        self.assertFalse(result.end.truncated)

    def test_duplicate_key_has_reason_outcome_and_retry(self):
        row_id, = select_insert.insert_users(self.channel, [("Ada", 36)])
        again = database_pb2.InsertRequest(insert=query_pb2.InsertSpec(
            table=TABLE, columns=["id", "name"],
            rows=[value_pb2.Row(values=[Value(int_value=row_id),
                                        Value(text="Eve")])]))
        info = error_info(self.fails(Code.ALREADY_EXISTS, self.database.Insert,
                                     again, timeout=TIMEOUT))
        self.assertEqual((info.reason, info.domain), ("DUPLICATE_KEY", "berth"))
        self.assertEqual(info.metadata["outcome"], "NOT_DONE")
        self.assertEqual(info.metadata["retry"], "NEVER")
        self.assertEqual(info.metadata["errno"], "1062")

    def test_unknown_column_names_the_field(self):
        error = self.fails(Code.INVALID_ARGUMENT, self.select, columns=["nmae"])
        self.assertEqual(error_info(error).reason, "UNKNOWN_COLUMN")
        violation, = detail(error, error_details_pb2.BadRequest).field_violations
        self.assertIn("columns[0]", violation.field)

    def test_unset_value_is_refused(self):
        error = self.fails(
            Code.INVALID_ARGUMENT, self.select,
            filter=query_pb2.Filter(where="id = ?", parameters=[Value()]))
        self.assertEqual(error_info(error).reason, "INVALID_FIELD")

    def test_fields_that_are_not_alive_are_refused(self):
        for options in ({"idempotency_key": b"k"}, {"consistency_token": b"t"},
                        {"max_staleness": duration_pb2.Duration(seconds=1)}):
            with self.subTest(next(iter(options))):
                request = database_pb2.SelectRequest(
                    options=options_pb2.RequestOptions(**options),
                    select=query_pb2.SelectSpec(table=TABLE))
                error = self.fails(Code.UNIMPLEMENTED, self.database.Select,
                                   request, timeout=TIMEOUT)
                self.assertEqual(error_info(error).reason, "NOT_IMPLEMENTED")

    def test_unknown_method_is_unimplemented(self):
        call = self.channel.unary_unary("/berth.v1.Database/Nothing")
        self.fails(Code.UNIMPLEMENTED, call, b"", timeout=TIMEOUT)

    def test_bytes_that_are_no_message_are_refused(self):
        call = self.channel.unary_unary("/berth.v1.Database/Select")
        error = self.fails(Code.INVALID_ARGUMENT, call, b"\xff\xff", timeout=TIMEOUT)
        self.assertEqual(error_info(error).reason, "INVALID_FIELD")

    def test_oversized_request_is_refused_and_the_channel_lives(self):
        text = Value(text="x" * (21 << 20))
        error = self.fails(
            Code.RESOURCE_EXHAUSTED, self.select, timeout=30,
            filter=query_pb2.Filter(where="name = ?", parameters=[text]))
        self.assertTrue(error.details())
        self.select()

    def test_deadline_ends_a_slow_statement(self):
        began = time.monotonic()
        self.fails(Code.DEADLINE_EXCEEDED, self.execute,
                   "SELECT SLEEP(5)", timeout=0.5)
        self.assertLess(time.monotonic() - began, 2)
        self.execute("SELECT 1")
