"""Prints "PASSED FAILED" of a run of ctest, counted by single test cases.

    ctest_counts.py JUNIT GTEST_DIR [FILTER]

JUNIT is what ctest --output-junit wrote. GTEST_DIR holds one file for each
GoogleTest program (GTEST_OUTPUT=xml:GTEST_DIR/); a program that wrote none
counts as one test. With FILTER such a program counts only if its name
contains it.
"""

import pathlib
import sys
import xml.etree.ElementTree as ElementTree


def count_cases(path):
    """(passed, failed) of a GoogleTest program; skipped ones are neither."""
    passed = failed = 0
    for case in ElementTree.parse(path).iter("testcase"):
        if case.find("failure") is not None:
            failed += 1
        elif case.get("result") == "completed":
            passed += 1
    return passed, failed


def main(junit, directory, wanted=""):
    passed = failed = 0
    for program in ElementTree.parse(junit).iter("testcase"):
        ok = program.get("status") == "run"
        cases = pathlib.Path(directory) / (program.get("name") + ".xml")
        try:
            here = count_cases(cases)
        except (FileNotFoundError, ElementTree.ParseError):
            # A program of another kind, or one that crashed.
            counted = not ok or wanted in program.get("name")
            here = (1, 0) if ok and counted else (0, int(counted))
        if not ok and here[1] == 0:
            here = (here[0], 1)  # It failed outside its cases.
        passed += here[0]
        failed += here[1]
    print(passed, failed)


if __name__ == "__main__":
    main(*sys.argv[1:])
