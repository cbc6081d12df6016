// Random conditions in SQL, well formed, for tests of properties.
#ifndef BERTH_TESTS_SUPPORT_RANDOM_CONDITION_H_
#define BERTH_TESTS_SUPPORT_RANDOM_CONDITION_H_

#include <cstdint>
#include <initializer_list>
#include <random>
#include <string>
#include <utility>
#include <vector>

namespace berth::test {

// A fragment and what its placeholders stand for: numbers, each as its text.
struct RandomCondition {
  std::string where;
  std::vector<int64_t> values;
};

// Makes fragments of the level `strict` over the given columns, in random
// letters, blanks and quotes. The same seed makes the same ones.
class ConditionGenerator {
 public:
  ConditionGenerator(uint32_t seed, std::vector<std::string> columns)
      : random_(seed), columns_(std::move(columns)) {}

  RandomCondition Next() {
    condition_ = RandomCondition();
    previous_.clear();
    if (Below(4) == 0) Word("where");
    Condition(4);
    if (Below(3) == 0) Order();
    if (Below(3) == 0) Limit();
    return std::move(condition_);
  }

 private:
  uint32_t Below(uint32_t n) { return static_cast<uint32_t>(random_() % n); }

  template <typename T>
  T OneOf(std::initializer_list<T> of) {
    return *(of.begin() + Below(static_cast<uint32_t>(of.size())));
  }

  static bool IsSign(char c) {
    return std::string("=<>!+-*/%&|^~").find(c) != std::string::npos;
  }
  static bool IsPart(char c) { return c != '(' && c != ')' && c != ','; }

  // Appends a token. Two names, or two signs, need a blank between them.
  void Add(const std::string& token) {
    std::string& text = condition_.where;
    const bool apart = !previous_.empty() && IsPart(previous_.back()) &&
                       IsPart(token.front()) &&
                       IsSign(previous_.back()) == IsSign(token.front());
    if (apart || Below(3) == 0) text += OneOf({" ", "\n", "\t", "  ", "\r\n"});
    text += token;
    previous_ = token;
  }
  void Word(const std::string& word) {
    std::string mixed = word;
    for (char& c : mixed) {
      if (c >= 'a' && c <= 'z' && Below(2) == 0) c -= 'a' - 'A';
    }
    // A word needs a blank on both sides, whatever is next to it.
    condition_.where += " ";
    Add(mixed);
    condition_.where += " ";
  }
  void Column() {
    const std::string& name =
        columns_[Below(static_cast<uint32_t>(columns_.size()))];
    Add(Below(2) == 0 || name == "order" ? "`" + name + "`" : name);
  }
  // The name and its parenthesis are one: MariaDB wants no blank between.
  void Call(const std::string& function, int arguments, int depth) {
    Add(function + "(");
    for (int i = 0; i < arguments; ++i) {
      if (i > 0) Add(",");
      Value(depth - 1);
    }
    Add(")");
  }

  void Literal() {
    switch (Below(7)) {
      case 0:
        return Add(OneOf<std::string>({"'a'", "'it''s'", "''", "'--'", "'# ;'",
                                       "\"x\"\"y'\"", "'größe'", "'/* ? */'",
                                       "'2024-02-29'", "'`'"}));
      case 1:
        return Add(OneOf<std::string>({"1.5", "2.", "1e2", "25E-1", "007"}));
      case 2:
        return Word(OneOf<std::string>({"null", "true", "false"}));
      case 3:
        condition_.values.push_back(Below(40));
        return Add("?");
      default:
        return Add(std::to_string(Below(40)));
    }
  }

  void Value(int depth) {
    if (depth <= 0 || Below(3) == 0) {
      return Below(2) == 0 ? Column() : Literal();
    }
    switch (Below(7)) {
      case 0:
        Add(OneOf<std::string>({"-", "+", "~"}));
        return Value(0);
      case 1:
        Add("(");
        Below(2) == 0 ? Condition(depth - 1) : Value(depth - 1);
        return Add(")");
      case 2:
        return Call(OneOf<std::string>({"lower", "Length", "ABS", "isnull"}), 1,
                    depth);
      case 3:
        return Call(OneOf<std::string>({"concat", "coalesce", "IfNull", "left",
                                        "greatest", "instr", "substring"}),
                    2, depth);
      case 4:
        return Case(depth - 1);
      default:
        Value(depth - 1);
        if (Below(4) == 0) {
          Word(OneOf<std::string>({"div", "mod"}));
        } else {
          Add(OneOf<std::string>(
              {"+", "-", "*", "/", "%", "&", "|", "^", "<<", ">>"}));
        }
        return Value(depth - 1);
    }
  }

  void Case(int depth) {
    Word("case");
    if (Below(2) == 0) Value(depth);
    for (uint32_t i = 0, whens = 1 + Below(2); i < whens; ++i) {
      Word("when");
      Condition(depth);
      Word("then");
      Value(depth);
    }
    if (Below(2) == 0) {
      Word("else");
      Value(depth);
    }
    Word("end");
  }

  void Condition(int depth) {
    if (Below(5) == 0) Word("not");
    Test(depth);
    for (uint32_t more = depth > 0 ? Below(3) : 0; more > 0; --more) {
      if (Below(6) == 0) {
        Add("&&");
      } else {
        Word(OneOf<std::string>({"and", "or", "xor", "and", "or"}));
      }
      if (Below(6) == 0) Word("not");
      Test(depth - 1);
    }
  }

  void Test(int depth) {
    if (depth > 0 && Below(5) == 0) {
      Add("(");
      Condition(depth - 1);
      return Add(")");
    }
    Value(depth - 1);
    switch (Below(6)) {
      case 0:
        if (Below(2) == 0) Word("not");
        Word("in");
        Add("(");
        for (uint32_t i = 0, count = 1 + Below(3); i < count; ++i) {
          if (i > 0) Add(",");
          Value(depth - 1);
        }
        return Add(")");
      case 1:
        if (Below(2) == 0) Word("not");
        Word("between");
        Value(depth - 2);
        Word("and");
        return Value(depth - 2);
      case 2:
        if (Below(2) == 0) Word("not");
        Word("like");
        Add(OneOf<std::string>({"'a%'", "'%t%'", "'_e%'", "'|%%'"}));
        if (Below(2) == 0) {
          Word("escape");
          Add("'|'");
        }
        return;
      case 3:
        Word("is");
        if (Below(2) == 0) Word("not");
        return Word(OneOf<std::string>({"null", "true", "false", "unknown"}));
      default:
        Add(OneOf<std::string>({"=", "<=>", "<>", "!=", "<", "<=", ">", ">="}));
        return Value(depth - 1);
    }
  }

  void Order() {
    Word("order");
    Word("by");
    Value(1);
    if (Below(2) == 0) Word(OneOf<std::string>({"asc", "desc"}));
    Add(",");
    Add("id");
  }

  void Limit() {
    Word("limit");
    Add(std::to_string(Below(20)));
    if (Below(2) == 0) {
      Below(2) == 0 ? Add(",") : Word("offset");
      Add(std::to_string(Below(20)));
    }
  }

  std::mt19937 random_;
  const std::vector<std::string> columns_;
  RandomCondition condition_;
  std::string previous_;
};

}  // namespace berth::test

#endif  // BERTH_TESTS_SUPPORT_RANDOM_CONDITION_H_
