#!/usr/bin/python3
"""Makes the Python classes of proto/ and lets the program import them.

Run as a program, only makes them:  BERTH_PYTHON_STUBS=stubs ./stubs.py
"""

import os
import pathlib
import subprocess
import sys
import tempfile

PROTO = pathlib.Path(__file__).resolve().parents[2] / "proto"


def generate(directory):
    """Writes the classes below `directory`.

    With Debian's protoc and its plugin for Python: the protoc inside Debian's
    python3-grpc-tools is 3.5.1 and does not know `optional`.
    """
    directory.mkdir(parents=True, exist_ok=True)
    protos = sorted(str(path.relative_to(PROTO)) for path in PROTO.rglob("*.proto"))
    subprocess.run(
        ["protoc", f"--proto_path={PROTO}", f"--python_out={directory}",
         f"--grpc_python_out={directory}",
         "--plugin=protoc-gen-grpc_python=/usr/bin/grpc_python_plugin", *protos],
        check=True)


def install():
    """Generates into $BERTH_PYTHON_STUBS, or else into a directory that goes
    with the process, and makes the classes importable."""
    named = os.environ.get("BERTH_PYTHON_STUBS")
    if named:
        directory = pathlib.Path(named).resolve()
    else:
        # Kept alive by the module: removed when the process ends.
        global _temporary
        _temporary = tempfile.TemporaryDirectory(prefix="berth-stubs-")
        directory = pathlib.Path(_temporary.name)
    generate(directory)
    sys.path.insert(0, str(directory))
    # `grpc.health` and `grpc.reflection` are generated into a package that
    # grpcio owns: let it look here, too.
    import grpc
    grpc.__path__.append(str(directory / "grpc"))
    return directory


if __name__ == "__main__":
    print(install())
