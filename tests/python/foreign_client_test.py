#!/usr/bin/python3
"""What a client that knows only gRPC and proto/ may expect of berthd.

Runs against $BERTH_ENDPOINT with Debian's grpcio. Makes its classes first,
into $BERTH_PYTHON_STUBS if that is set.
"""

import os
import pathlib
import sys
import time
import unittest

import grpc

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import stubs  # noqa: E402

stubs.install()

from berth.v1 import database_pb2, database_pb2_grpc, query_pb2  # noqa: E402
from berth.v1 import options_pb2, session_pb2, transaction_pb2  # noqa: E402
from berth.v1 import value_pb2  # noqa: E402
from google.protobuf import duration_pb2  # noqa: E402
from google.rpc import error_details_pb2  # noqa: E402
from grpc.health.v1 import health_pb2, health_pb2_grpc  # noqa: E402
from grpc.reflection.v1 import (reflection_pb2 as v1,  # noqa: E402
                                reflection_pb2_grpc as v1_grpc)
from grpc.reflection.v1alpha import (  # noqa: E402
    reflection_pb2 as v1alpha, reflection_pb2_grpc as v1alpha_grpc)
import select_insert  # noqa: E402
from error_details import detail, error_info, error_info_of  # noqa: E402
from reflected_files import pool_of  # noqa: E402
from session_stream import Session  # noqa: E402

Code = grpc.StatusCode
Value = value_pb2.Value
TABLE = "python_users"
# No call of these tests takes longer, except where one says so.
TIMEOUT = 10
REFLECTION = ((v1, v1_grpc.ServerReflectionStub),
              (v1alpha, v1alpha_grpc.ServerReflectionStub))


class ForeignClientTest(unittest.TestCase):

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

    def fails(self, code, function, *arguments, **named):
        """Runs a call that fails with this code. Returns the error."""
        with self.assertRaises(grpc.RpcError) as caught:
            function(*arguments, **named)
        self.assertEqual(caught.exception.code(), code, caught.exception)
        return caught.exception

    # Rows.

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

    # Errors.

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

    # Health.

    def test_health_check(self):
        health = health_pb2_grpc.HealthStub(self.channel)
        for service in ("", "berth.v1.Database"):
            answer = health.Check(
                health_pb2.HealthCheckRequest(service=service), timeout=TIMEOUT)
            self.assertEqual(answer.status,
                             health_pb2.HealthCheckResponse.SERVING, service)
        self.fails(Code.NOT_FOUND, health.Check,
                   health_pb2.HealthCheckRequest(service="no.such.Service"),
                   timeout=TIMEOUT)

    def test_health_watch_answers_at_once(self):
        health = health_pb2_grpc.HealthStub(self.channel)
        expected = {"": health_pb2.HealthCheckResponse.SERVING,
                    "no.such.Service":
                        health_pb2.HealthCheckResponse.SERVICE_UNKNOWN}
        for service, status in expected.items():
            with self.subTest(service):
                watch = health.Watch(
                    health_pb2.HealthCheckRequest(service=service),
                    timeout=TIMEOUT)
                self.assertEqual(next(watch).status, status)
                watch.cancel()

    # Reflection.

    def test_reflection_lists_services(self):
        for messages, stub in REFLECTION:
            with self.subTest(messages.__name__):
                answer = self.reflect(messages, stub, list_services="")
                names = {service.name for service
                         in answer.list_services_response.service}
                self.assertLessEqual({"berth.v1.Database", "berth.v1.Admin",
                                      "berth.v1.SchemaRegistry",
                                      "grpc.health.v1.Health"}, names)

    def test_reflection_gives_a_file_with_all_it_imports(self):
        for messages, stub in REFLECTION:
            with self.subTest(messages.__name__):
                answer = self.reflect(messages, stub,
                                      file_containing_symbol="berth.v1.Database")
                pool = pool_of(
                    answer.file_descriptor_response.file_descriptor_proto)
                select = pool.FindServiceByName("berth.v1.Database")
                self.assertIn("Select", select.methods_by_name)
                self.assertIn("berth.v1.Value",
                              pool.FindMessageTypeByName("berth.v1.Value").full_name)

    def test_reflection_of_an_unknown_symbol_is_an_answer(self):
        for messages, stub in REFLECTION:
            with self.subTest(messages.__name__):
                answer = self.reflect(messages, stub,
                                      file_containing_symbol="no.such.Thing")
                self.assertEqual(answer.error_response.error_code,
                                 Code.NOT_FOUND.value[0])

    def reflect(self, messages, stub, **question):
        answers = stub(self.channel).ServerReflectionInfo(
            iter([messages.ServerReflectionRequest(**question)]), timeout=TIMEOUT)
        answer, = list(answers)
        return answer

    # Transaction programs.

    def program(self, *steps):
        return self.database.Transaction(
            transaction_pb2.TransactionRequest(steps=steps), timeout=TIMEOUT)

    def add_user(self, name, age, **step):
        return transaction_pb2.Step(insert=query_pb2.InsertSpec(
            table=TABLE, columns=["name", "age"],
            rows=[value_pb2.Row(values=[Value(text=name), age])]), **step)

    def test_program_uses_what_earlier_steps_brought(self):
        new_id = value_pb2.Ref(step="ada", last_insert_id=value_pb2.Unit())
        answer = self.program(
            self.add_user("Ada", Value(int_value=36), id="ada"),
            transaction_pb2.Step(id="found", select=query_pb2.SelectSpec(
                table=TABLE, filter=query_pb2.Filter(
                    where="id = ?", parameters=[Value(ref=new_id)]))),
            self.add_user("Eve", Value(ref=value_pb2.Ref(
                step="found", cell=value_pb2.Cell(column="age")))))
        self.assertEqual(answer.info.attempts, 1)
        row, = answer.results[1].results.results[0].rows.rows
        self.assertEqual(row.values[1].text, "Ada")
        self.assertEqual(answer.results[2].write.affected_rows, 1)
        self.assertEqual(len(select_insert.users_older_than(self.channel, 35)), 2)

    def test_program_whose_assertion_fails_is_rolled_back(self):
        count = transaction_pb2.Comparison(
            left=value_pb2.Ref(affected_rows=value_pb2.Unit()),
            operator=transaction_pb2.Comparison.GREATER,
            right=Value(int_value=1))
        error = self.fails(
            Code.FAILED_PRECONDITION, self.program,
            self.add_user("Ada", Value(int_value=36), id="ada",
                          assertions=[count]))
        info = error_info(error)
        self.assertEqual(info.reason, "ASSERTION")
        self.assertEqual(info.metadata["step"], "0")
        self.assertEqual(info.metadata["step_id"], "ada")
        self.assertEqual(self.select().result.end.row_count, 0)

    # Sessions.

    def test_session_rolls_back(self):
        row = value_pb2.Row(values=[Value(text="Ada"), Value(int_value=36)])
        with Session(self.database) as session:
            self.assertTrue(session.ask(open=session_pb2.OpenSession())
                            .HasField("opened"))
            state = session.ask(begin=session_pb2.Begin()).state
            self.assertTrue(state.in_transaction)
            inserted = session.ask(insert=query_pb2.InsertSpec(
                table=TABLE, columns=["name", "age"], rows=[row]))
            self.assertEqual(inserted.write.affected_rows, 1)
            own = session.ask(select=query_pb2.SelectSpec(table=TABLE))
            self.assertEqual(own.result.end.row_count, 1)
            state = session.ask(rollback=session_pb2.Rollback()).state
            self.assertFalse(state.in_transaction)
            gone = session.ask(select=query_pb2.SelectSpec(table=TABLE))
            self.assertEqual(gone.result.end.row_count, 0)
        self.assertEqual(self.select().result.end.row_count, 0)

    def test_session_survives_an_error(self):
        with Session(self.database) as session:
            session.ask(open=session_pb2.OpenSession())
            error = session.ask(select=query_pb2.SelectSpec(table="no_such")).error
            self.assertEqual(error.code, Code.INVALID_ARGUMENT.value[0])
            self.assertEqual(error_info_of(error).reason, "UNKNOWN_TABLE")
            self.assertTrue(session.ask(ping=session_pb2.Ping()).HasField("done"))

    def test_timeout_ends_a_request_and_not_the_session(self):
        with Session(self.database) as session:
            session.ask(open=session_pb2.OpenSession())
            error = session.ask(execute=query_pb2.Statement(sql="SELECT SLEEP(20)"),
                                timeout=duration_pb2.Duration(nanos=100_000_000)).error
            self.assertEqual(error.code, Code.DEADLINE_EXCEEDED.value[0])
            self.assertEqual(error_info_of(error).reason, "EXECUTE")
            answer = session.ask(ping=session_pb2.Ping())
            self.assertEqual(answer.WhichOneof("response"), "done")

    def test_stream_that_ends_rolls_back(self):
        row = value_pb2.Row(values=[Value(text="Ada"), Value(int_value=36)])
        with Session(self.database) as session:
            session.ask(open=session_pb2.OpenSession())
            session.ask(begin=session_pb2.Begin())
            session.ask(insert=query_pb2.InsertSpec(
                table=TABLE, columns=["name", "age"], rows=[row]))
        # A lock read: waits until the transaction is gone.
        locked = self.select(lock=query_pb2.LOCK_SHARE)
        self.assertEqual(locked.result.end.row_count, 0)


if __name__ == "__main__":
    unittest.main(verbosity=2)
