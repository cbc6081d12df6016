"""Health and server reflection."""

from client_case import TIMEOUT, ClientCase, Code
from grpc.health.v1 import health_pb2, health_pb2_grpc
from grpc.reflection.v1 import (reflection_pb2 as v1,
                                reflection_pb2_grpc as v1_grpc)
from grpc.reflection.v1alpha import (reflection_pb2 as v1alpha,
                                     reflection_pb2_grpc as v1alpha_grpc)
from reflected_files import pool_of

REFLECTION = ((v1, v1_grpc.ServerReflectionStub),
              (v1alpha, v1alpha_grpc.ServerReflectionStub))


class ServicesTest(ClientCase):

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
