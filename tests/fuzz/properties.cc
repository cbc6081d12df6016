#include "tests/fuzz/properties.h"

#include <utility>
#include <vector>

#include "absl/container/flat_hash_set.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "server/catalog/tokenizer.h"
#include "server/plan/fragment.h"
#include "server/plan/update_planner.h"
#include "server/plan/where_words.h"

namespace berth::fuzz {
namespace {

using absl::string_view;
using auth::WhereLevel;
using catalog::Token;
using catalog::TokenKind;
using catalog::Tokens;

const catalog::Table& Table() {
  static const auto* const table = [] {
    std::vector<catalog::Column> columns;
    for (const char* name : {"id", "title", "order", "größe", "a`b", "1e"}) {
      catalog::Column column;
      column.name = name;
      columns.push_back(std::move(column));
    }
    return new catalog::Table("posts", std::move(columns), {"id"});
  }();
  return *table;
}

// The filter with NULL for each placeholder.
v1::Filter FilterOf(string_view text) {
  v1::Filter filter;
  filter.set_where(std::string(text));
  const auto tokens = catalog::Tokenize(text, "f");
  if (!tokens.ok()) return filter;
  for (const Token& token : *tokens) {
    if (token.kind == TokenKind::kPlaceholder) {
      filter.add_parameters()->set_null_value(google::protobuf::NULL_VALUE);
    }
  }
  return filter;
}

// The keywords that `strict` writes, functions not among them.
bool IsKeyword(string_view word) {
  static const auto* const words = new absl::flat_hash_set<string_view>{
      "WHERE",  "AND",   "OR",      "XOR",  "NOT",     "IS",     "NULL",
      "TRUE",   "FALSE", "UNKNOWN", "IN",   "BETWEEN", "LIKE",   "ESCAPE",
      "DIV",    "MOD",   "CASE",    "WHEN", "THEN",    "ELSE",   "END",
      "ORDER",  "BY",    "ASC",     "DESC", "LIMIT",   "OFFSET", "FOR",
      "UPDATE", "LOCK",  "SHARE",   "MODE", "NOWAIT",  "SKIP",   "LOCKED"};
  return words->contains(word);
}

std::string ProblemOfWritten(const Tokens& tokens) {
  for (size_t i = 0; i < tokens.size(); ++i) {
    const Token& token = tokens[i];
    const bool call =
        i + 1 < tokens.size() && tokens[i + 1].kind == TokenKind::kOpen;
    bool good = true;
    switch (token.kind) {
      case TokenKind::kWord:
        good = token.text == absl::AsciiStrToUpper(token.text) &&
               (IsKeyword(token.text) ||
                (call ? plan::IsStrictFunction(token.text)
                      : plan::IsBareFunction(token.text)));
        break;
      case TokenKind::kQuotedName:
        good = !call && Table().FindColumn(NameOf(token)) != nullptr;
        break;
      case TokenKind::kString:
        good = token.text.front() == '\'' &&
               token.text.find('\\') == string_view::npos;
        break;
      case TokenKind::kNumber:
        good = token.text.find_first_not_of("0123456789.eE+-") ==
               string_view::npos;
        break;
      case TokenKind::kOperator:
        good =
            string_view("=<>!+-*/%&|^~").find(token.text) != string_view::npos;
        break;
      default:
        break;
    }
    if (!good) return absl::StrCat("writes the token ", token.text);
  }
  return std::string();
}

std::string ProblemOfStrict(string_view sql) {
  const auto tokens = catalog::Tokenize(sql, "f");
  if (!tokens.ok()) return "writes what is no fragment";
  const std::string problem = ProblemOfWritten(*tokens);
  if (!problem.empty()) return problem;
  const auto again =
      plan::ReadFragment(FilterOf(sql), Table(), WhereLevel::kStrict, "f");
  if (!again.ok()) {
    return absl::StrCat("refuses what it has written: ",
                        std::string(again.status().message()));
  }
  if (again->sql != sql) return "writes its own text in another way";
  return std::string();
}

// Whether `strict` takes this for an assignment, the word DEFAULT apart.
bool IsExpression(const v1::Filter& filter) {
  v1::UpdateSpec spec;
  spec.set_all_rows(true);
  v1::Assignment* assignment = spec.add_assignments();
  assignment->set_column("title");
  *assignment->mutable_expression() = filter;
  return plan::PlanUpdate(spec, Table(), WhereLevel::kStrict).ok() &&
         !absl::EqualsIgnoreCase(absl::StripAsciiWhitespace(filter.where()),
                                 "default");
}

}  // namespace

std::string ProblemOfTokens(string_view text) {
  const auto tokens = catalog::Tokenize(text, "f");
  if (!tokens.ok()) return std::string();
  size_t end = 0;
  int depth = 0;
  for (const Token& token : *tokens) {
    if (token.text.empty()) return "an empty token";
    if (token.offset < end || token.offset > text.size() ||
        token.text.size() > text.size() - token.offset ||
        token.text.data() != text.data() + token.offset) {
      return "a token that is not in the text";
    }
    for (size_t i = end; i < token.offset; ++i) {
      if (!absl::ascii_isspace(static_cast<unsigned char>(text[i]))) {
        return "something between tokens";
      }
    }
    if (token.kind == TokenKind::kClose) --depth;
    if (token.depth != depth) return "a wrong depth";
    if (token.kind == TokenKind::kOpen) ++depth;
    end = token.offset + token.text.size();
  }
  return depth == 0 ? std::string() : "parentheses that do not match";
}

std::string ProblemOfFragment(string_view text) {
  const v1::Filter filter = FilterOf(text);
  const auto read = [&](WhereLevel level) {
    return plan::ReadFragment(filter, Table(), level, "f");
  };
  const auto strict = read(WhereLevel::kStrict);
  const bool clauses = read(WhereLevel::kClauses).ok();
  if (clauses && !read(WhereLevel::kRaw).ok()) {
    return "clauses takes what raw refuses";
  }
  if (!strict.ok()) {
    return IsExpression(filter) ? "takes an expression that is no condition"
                                : std::string();
  }
  if (!clauses) return "strict takes what clauses refuses";
  if (strict->order_at > strict->limit_at ||
      strict->limit_at > strict->sql.size()) {
    return "wrong marks";
  }
  const std::string problem = ProblemOfStrict(strict->sql);
  return problem.empty() ? problem : absl::StrCat(problem, ": ", strict->sql);
}

}  // namespace berth::fuzz
