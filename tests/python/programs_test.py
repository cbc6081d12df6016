"""Transaction programs."""

import select_insert
from berth.v1 import query_pb2, transaction_pb2, value_pb2
from client_case import TABLE, TIMEOUT, ClientCase, Code, Value
from error_details import error_info


class ProgramsTest(ClientCase):

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

    def test_program_goes_on_after_an_error_that_it_expects(self):
        bad = transaction_pb2.Step(
            id="bad", on_error=transaction_pb2.ON_ERROR_CONTINUE,
            statement=query_pb2.Statement(sql="SELECT * FROM no_such"))
        failed = transaction_pb2.Condition(failed="bad")
        answer = self.program(
            bad, self.add_user("Ada", Value(int_value=36), condition=failed),
            self.add_user("Eve", Value(int_value=20),
                          condition=transaction_pb2.Condition(ok="bad")))
        self.assertEqual([result.WhichOneof("outcome") for result in answer.results],
                         ["error", "write", "skipped"])
        self.assertEqual(self.count(), 1)
