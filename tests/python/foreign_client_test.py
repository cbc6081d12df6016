#!/usr/bin/python3
"""What a client that knows only gRPC and proto/ may expect of berthd.

Runs the tests of all *_test.py beside it against $BERTH_ENDPOINT with Debian's
grpcio. Makes its classes first, into $BERTH_PYTHON_STUBS if that is set.
"""

import pathlib
import sys
import unittest

HERE = pathlib.Path(__file__).resolve().parent

sys.dont_write_bytecode = True
sys.path.insert(0, str(HERE))
import stubs  # noqa: E402

stubs.install()


def load_tests(loader, _standard, _pattern):
    """The tests of the other files, for unittest.main."""
    names = sorted(path.stem for path in HERE.glob("*_test.py")
                   if path.stem != "foreign_client_test")
    return unittest.TestSuite(loader.loadTestsFromName(name) for name in names)


if __name__ == "__main__":
    unittest.main(verbosity=2)
