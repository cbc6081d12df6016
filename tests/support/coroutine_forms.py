"""Finds forms of coroutines that g++ 12 miscompiles.

    coroutine_forms.py FOLDER...

Prints FILE:LINE: MESSAGE for each in the .h and .cc files below and ends with
status 1 if there is any:

- co_await within `?:`, or within a braced list;
- a braced temporary, with or without designators, in an expression with
  co_await;
- alignas in a file that has coroutines.

It reads text, not C++: it errs on the side of complaining. Assign to a named
local first.
"""

import pathlib
import re
import sys

TOKEN = re.compile(
    r"""//[^\n]*|/\*.*?\*/            # comments
      | R"(?P<tag>[^(\s]*)\(.*?\)(?P=tag)"  # raw strings
      | "(?:\\.|[^"\\\n])*"           # strings
      | (?<![0-9a-fA-F])'(?:\\.|[^'\\\n])*'  # characters, not 1'000
    """,
    re.VERBOSE | re.DOTALL)
# What stands before the brace of a block rather than of a list.
BLOCK = re.compile(
    r"""(?: ^ | [;{})\]:]
          | \b(?:else|do|try|const|noexcept|override|final|mutable)
          | ->\s*[\w:<>,&*\s]+
        )\s*$""",
    re.VERBOSE)
TYPE_OR_NAMESPACE = re.compile(
    r"\b(?:namespace|class|struct|union|enum|extern)\b[^;{}()=]*$")


def without_text(source):
    """The source with comments and literals blanked, lines kept."""
    return TOKEN.sub(lambda m: re.sub(r"[^\n]", " ", m.group()), source)


def is_block(code, brace):
    before = code[max(0, brace - 400):brace]
    return bool(BLOCK.search(before) or TYPE_OR_NAMESPACE.search(before))


def statement_start(code, at):
    """Where the statement around `at` begins."""
    i = at - 1
    while i >= 0:
        c = code[i]
        if c == ";" or (c == "{" and is_block(code, i)):
            return i + 1
        if c in ")]}":
            close = i
            depth = 0
            while i >= 0:
                depth += {")": 1, "]": 1, "}": 1, "(": -1, "[": -1, "{": -1}.get(
                    code[i], 0)
                if depth == 0:
                    break
                i -= 1
            # The end of a block; a lambda's has its expression after it.
            after = code[close + 1:at].lstrip()[:1]
            if c == "}" and is_block(code, i) and after not in (",", ")", "."):
                return close + 1
        i -= 1
    return 0


def tokens(code, start):
    """(position, character, path) of a statement from `start` to its end.

    The path names the brackets around the character, and within each how many
    commas were passed. The bodies of lambdas are left out.
    """
    path = [(start, 0)]
    i = start
    while i < len(code):
        c = code[i]
        if c == "{" and is_block(code, i):
            if len(path) == 1:
                return  # The body of an `if` or a loop.
            depth = 0
            while i < len(code):
                depth += {"{": 1, "}": -1}.get(code[i], 0)
                if depth == 0:
                    break
                i += 1
        elif c in "([{":
            yield i, c, tuple(path)
            path.append((i, 0))
        elif c in ")]}":
            path.pop()
            if not path:
                return
        elif c == ",":
            path[-1] = (path[-1][0], path[-1][1] + 1)
        elif c == ";" and len(path) == 1:
            return
        else:
            yield i, c, tuple(path)
        i += 1


def problems(source):
    """(line, message) of each."""
    code = without_text(source)
    found = set()

    def report(at, message):
        found.add((code.count("\n", 0, at) + 1, message))

    for match in re.finditer(r"\bco_await\b", code):
        at = match.start()
        statement = list(tokens(code, statement_start(code, at)))
        path = next((p for i, _, p in statement if i == at), ())
        if any(code[bracket] == "{" for bracket, _ in path[1:]):
            report(at, "co_await within braces")
        for i, c, where in statement:
            if c == "?" and path[:len(where)] == where:
                report(at, "co_await within ?:")
            if c == "{":
                report(i, "a braced list in an expression with co_await")
    if re.search(r"\bco_(?:await|return|yield)\b", code):
        for match in re.finditer(r"\balignas\b", code):
            report(match.start(), "alignas in a file with coroutines")
    return sorted(found)


def main(folders):
    bad = False
    for folder in folders:
        for path in sorted(pathlib.Path(folder).rglob("*")):
            if path.suffix not in (".h", ".cc"):
                continue
            for line, message in problems(path.read_text()):
                print(f"{path}:{line}: {message}; g++ 12 miscompiles it")
                bad = True
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
