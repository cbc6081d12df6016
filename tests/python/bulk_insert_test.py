"""BulkInsert."""

import queue

from berth.v1 import bulk_pb2, value_pb2
from client_case import TABLE, TIMEOUT, ClientCase, Code, Value
from error_details import error_info


class Bulk:
    """One stream: the header is sent when it is made."""

    def __init__(self, database, **header):
        self._requests = queue.SimpleQueue()
        self.answers = database.BulkInsert(iter(self._requests.get, None),
                                           timeout=TIMEOUT)
        header.setdefault("table", TABLE)
        header.setdefault("columns", ["name", "age"])
        self._send(header=bulk_pb2.BulkInsertHeader(**header))

    def _send(self, **part):
        self._requests.put(bulk_pb2.BulkInsertRequest(**part))

    def add(self, *people):
        """Sends a batch of pairs of name and age. Returns its answer."""
        rows = [value_pb2.Row(values=[Value(text=name), Value(int_value=age)])
                for name, age in people]
        self._send(rows=value_pb2.Rows(rows=rows))
        return next(self.answers)

    def finish(self):
        """Asks for the commit. Returns the last answer."""
        self._send(finish=value_pb2.Unit())
        last = next(self.answers)
        self.close()
        return last

    def close(self):
        """Ends the stream as it is, and reads it to its end."""
        self._requests.put(None)
        return list(self.answers)


class BulkInsertTest(ClientCase):

    def test_all_batches_are_committed_together(self):
        bulk = Bulk(self.database)
        first = bulk.add(("Ada", 36), ("Grace", 85))
        self.assertEqual((first.row_count, first.total_rows), (2, 2))
        self.assertFalse(first.committed)
        self.assertEqual(bulk.add(("Eve", 20)).total_rows, 3)
        self.assertEqual(self.count(), 0)
        last = bulk.finish()
        self.assertTrue(last.committed)
        self.assertEqual((last.row_count, last.total_rows), (0, 3))
        self.assertEqual(self.count(), 3)

    def test_each_batch_is_committed_by_itself(self):
        bulk = Bulk(self.database, commit=bulk_pb2.BULK_COMMIT_EACH_BATCH)
        self.assertTrue(bulk.add(("Ada", 36)).committed)
        self.assertEqual(self.count(), 1)
        bulk.close()
        self.assertEqual(self.count(), 1)

    def test_nothing_stays_without_finish(self):
        bulk = Bulk(self.database)
        bulk.add(("Ada", 36))
        error = self.fails(Code.INVALID_ARGUMENT, bulk.close)
        info = error_info(error)
        self.assertEqual(info.reason, "INVALID_FIELD")
        self.assertEqual(info.metadata["outcome"], "NOT_DONE")
        self.assertIn("finish", error.details())
        self.assertEqual(self.count(), 0)

    def test_a_client_that_leaves_leaves_nothing(self):
        bulk = Bulk(self.database)
        bulk.add(("Ada", 36))
        bulk.answers.cancel()
        self.fails(Code.CANCELLED, list, bulk.answers)
        self.assertEqual(self.count(), 0)

    def test_the_bad_row_is_named(self):
        bulk = Bulk(self.database)
        bulk.add(("Ada", 36), ("Grace", 85))
        error = self.fails(Code.INVALID_ARGUMENT, bulk.add, ("Eve", 20),
                           ("x" * 101, 1), ("Bob", 2))
        info = error_info(error)
        self.assertEqual(info.reason, "VALUE_TOO_LONG")
        self.assertEqual(info.metadata["row"], "3")
        self.assertEqual(self.count(), 0)

    def test_an_unknown_column_is_named(self):
        bulk = Bulk(self.database, columns=["nmae", "age"])
        error = self.fails(Code.INVALID_ARGUMENT, bulk.close)
        self.assertEqual(error_info(error).reason, "UNKNOWN_COLUMN")
