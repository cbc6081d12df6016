"""Tests of coroutine_forms.py."""

import unittest

import coroutine_forms


def lines(body):
    """The lines with a problem in a coroutine with this body, from 1."""
    found = coroutine_forms.problems("Task<void> F(int a) {\n" + body + "\n}\n")
    return sorted({line - 1 for line, _ in found})


class CoroutineForms(unittest.TestCase):

    def bad(self, body, line=1):
        self.assertEqual(lines(body), [line], body)

    def good(self, body):
        self.assertEqual(lines(body), [], body)

    def test_finds_co_await_within_conditional(self):
        self.bad("auto x = c ? co_await f() : y;")
        self.bad("auto x = c ? y : co_await f();")
        self.bad("auto x = co_await f() ? y : z;")
        self.bad("g(c ? h(co_await f()) : y);")
        self.bad("int a;\nco_return c\n    ? co_await f() : y;", 3)
        self.bad("CO_ASSIGN_OR_RETURN(auto x, c ? co_await f() : y);")
        self.bad("if (c ? co_await f() : y) {\n}")

    def test_finds_co_await_within_braces(self):
        self.bad("auto x = std::vector<std::string>{co_await f()};")
        self.bad("Point p{1, co_await f()};")
        self.bad("return {co_await f()};")
        self.bad("g({1, h(co_await f())});")

    def test_finds_braced_temporaries(self):
        self.bad("co_await Aw{std::string(n)};")
        self.bad("co_await f(Agg{.a = 1, .b = 2});")
        self.bad("co_await f({1, 2});")
        self.bad("CO_RETURN_IF_ERROR(\n    co_await f(Agg{}));", 2)
        self.bad("if (!co_await f(Agg{})) return;")

    def test_finds_alignas(self):
        self.bad("alignas(8) char block[64];\nco_await f();")

    def test_passes_what_is_compiled_correctly(self):
        self.good("co_await f(a, std::string(n), c ? 1 : 2);")
        self.good("g(c ? 1 : 2, co_await f());")
        self.good("int b = c ? 1 : 2;\nco_await f(b);")
        self.good("Agg agg{1, 2};\nco_await f(agg);")
        self.good("if (!co_await f()) {\n  Agg agg{1, 2};\n}")
        self.good("if (c) {\n  g(Agg{1});\n}\nco_await f();")
        self.good("if (c) {\n  co_await f();\n} else {\n  co_await g();\n}")
        self.good("auto x = co_await h([&] { return Agg{1}; });")
        self.good("co_await OnThread([this]() -> int { return c ? 1 : 2; });")
        self.good("switch (a) {\n  case 1: {\n    co_await f();\n  }\n}")
        self.good("auto l = [](A& a) -> Task<int> {\n  co_await f();\n};")

    def test_reads_no_comments_and_literals(self):
        self.good("// c ? co_await f() : {x}\n/* co_await {\n} */")
        self.good('Log("co_await {c ? x : y}");')
        self.good("co_await f('?', '{', 1'000, \"{?\");")
        self.good('co_await f(R"({?")");')

    def test_passes_blocks_of_types_and_namespaces(self):
        source = ("namespace a {\nclass B final : public C {\n public:\n"
                  "  Task<int> D() override { co_return co_await e_; }\n"
                  "};\n}\n")
        self.assertEqual(coroutine_forms.problems(source), [])


if __name__ == "__main__":
    unittest.main()
