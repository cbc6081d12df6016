#!/usr/bin/python3
"""Berth from Python: registers a table, inserts two rows, selects one.

Needs python3-grpcio, python3-protobuf, protobuf-compiler, and
protobuf-compiler-grpc for the classes made from proto/ (see stubs.py):

    BERTH_PYTHON_STUBS=stubs ./stubs.py && PYTHONPATH=stubs ./select_insert.py
"""

import os

import grpc
from berth.v1 import database_pb2, database_pb2_grpc, query_pb2
from berth.v1 import schema_pb2, schema_pb2_grpc, value_pb2

Value = value_pb2.Value


def register_users(channel):
    users = schema_pb2.TableDefinition(name="python_users")
    users.elements.add(name="id", definition="int not null auto_increment primary key")
    users.elements.add(name="name", definition="varchar(100) not null")
    users.elements.add(name="age", definition="int")
    schema_pb2_grpc.SchemaRegistryStub(channel).Register(
        schema_pb2.RegisterRequest(tables=[users]))


def insert_users(channel, people):
    """Inserts pairs of name and age, all or none. Returns their ids."""
    rows = [value_pb2.Row(values=[Value(text=name), Value(int_value=age)])
            for name, age in people]
    answer = database_pb2_grpc.DatabaseStub(channel).Insert(
        database_pb2.InsertRequest(insert=query_pb2.InsertSpec(
            table="python_users", columns=["name", "age"], rows=rows)))
    return list(answer.result.generated_ids)


def users_older_than(channel, age):
    """Returns pairs of name and age."""
    answer = database_pb2_grpc.DatabaseStub(channel).Select(
        database_pb2.SelectRequest(select=query_pb2.SelectSpec(
            table="python_users", columns=["name", "age"],
            filter=query_pb2.Filter(where="age > ? ORDER BY id",
                                    parameters=[Value(int_value=age)]))))
    return [(name.text, years.int_value)
            for name, years in (row.values for row in answer.result.rows.rows)]


if __name__ == "__main__":
    endpoint = os.environ.get("BERTH_ENDPOINT", "127.0.0.1:7390")
    with grpc.insecure_channel(endpoint) as berth:
        register_users(berth)
        print("inserted", insert_users(berth, [("Ada", 36), ("Grace", 85)]))
        print("older than 40:", users_older_than(berth, 40))
