"""A session of berthd for tests: one stream."""

import queue

from berth.v1 import session_pb2

# No stream of the tests lives longer.
TIMEOUT = 10


class Session:
    """Opens its stream when it is made and ends it as a context manager."""

    def __init__(self, database):
        self._requests = queue.SimpleQueue()
        self._answers = database.Session(iter(self._requests.get, None),
                                         timeout=TIMEOUT)
        self._id = 0

    def __enter__(self):
        return self

    def __exit__(self, *_):
        """Ends the stream as a polite client does, and reads it to its end."""
        self._requests.put(None)
        for _ in self._answers:
            pass

    def send(self, **request):
        """Sends a request without waiting. Returns its id."""
        self._id += 1
        self._requests.put(session_pb2.SessionRequest(request_id=self._id, **request))
        return self._id

    def receive(self, request_id):
        """The next answer, which must be the whole one to this request."""
        answer = next(self._answers)
        assert answer.request_id == request_id and not answer.more, answer
        return answer

    def ask(self, **request):
        return self.receive(self.send(**request))
