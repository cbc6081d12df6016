"""Sessions."""

from berth.v1 import query_pb2, session_pb2, value_pb2
from client_case import TABLE, ClientCase, Code, Value
from error_details import error_info_of
from google.protobuf import duration_pb2
from session_stream import Session


class SessionsTest(ClientCase):

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

    def test_cancel_ends_a_request_and_not_the_session(self):
        with Session(self.database) as session:
            session.ask(open=session_pb2.OpenSession())
            slow = session.send(execute=query_pb2.Statement(
                sql="SELECT SLEEP(20) /* python_session */"))
            while not self.runs("python_session"):
                pass
            session.send(cancel=session_pb2.Cancel(request_id=slow))
            error = session.receive(slow).error
            self.assertEqual(error.code, Code.CANCELLED.value[0])
            self.assertEqual(error_info_of(error).reason, "CANCELLED")
            self.assertTrue(session.ask(ping=session_pb2.Ping()).HasField("done"))

    def test_requests_may_be_sent_ahead_and_chained(self):
        bad = query_pb2.Statement(sql="SELECT * FROM no_such")
        one = query_pb2.Statement(sql="SELECT 1")
        with Session(self.database) as session:
            opened = session.send(open=session_pb2.OpenSession())
            sent = [session.send(execute=one), session.send(execute=bad),
                    session.send(execute=one, chained=True),
                    session.send(execute=one)]
            session.receive(opened)
            answers = [session.receive(number) for number in sent]
        self.assertEqual([answer.WhichOneof("response") for answer in answers],
                         ["result", "error", "error", "result"])
        self.assertEqual(error_info_of(answers[2].error).reason, "CHAIN_SKIPPED")
