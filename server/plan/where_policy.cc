#include "server/plan/where_policy.h"

#include <string>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "server/base/error.h"
#include "server/base/error_reason.h"
#include "server/base/utf8.h"
#include "server/plan/where_words.h"

namespace berth::plan {
namespace {

using absl::string_view;
using auth::WhereLevel;
using catalog::Token;
using catalog::TokenKind;
using catalog::Tokens;

// Bytes of a token in a message.
constexpr size_t kShownBytes = 40;

absl::Status Denied(string_view field, string_view what, size_t offset,
                    WhereLevel level, WhereLevel needed) {
  const std::string message = absl::StrCat(
      what, " at byte ", offset + 1, " is not allowed at the level ",
      NameOf(level), "; the level ", NameOf(needed), " lets it through");
  return errors::Error(absl::StatusCode::kPermissionDenied, errors::kPolicy)
      .Message(absl::StrCat(field, ": ", message))
      .With("where_level", NameOf(level))
      .With("where_level_needed", NameOf(needed))
      .Field(field, message);
}

bool IsReservedWord(const Token& token) {
  return token.Is("into") || token.Is("procedure") || token.Is("union") ||
         token.Is("except") || token.Is("intersect") || token.Is("minus") ||
         token.Is("recursive");
}

// Whether this names one of MariaDB's own databases.
bool IsSystemDatabase(const Token& token) {
  const std::string name = NameOf(token);
  for (string_view database :
       {"mysql", "information_schema", "performance_schema", "sys"}) {
    if (absl::EqualsIgnoreCase(name, database)) return true;
  }
  return false;
}

bool IsName(const Token& token) {
  return token.kind == TokenKind::kWord ||
         token.kind == TokenKind::kQuotedName ||
         token.kind == TokenKind::kString;
}

// What is wrong with the token at `i`; empty: nothing.
std::string ProblemBeyondClauses(const Tokens& tokens, size_t i) {
  const Token& token = tokens[i];
  const Token* const next = i + 1 < tokens.size() ? &tokens[i + 1] : nullptr;
  if (token.kind == TokenKind::kOperator) {
    for (string_view sign : {"@", ":=", "{", "\\"}) {
      if (token.text == sign) return absl::StrCat("`", sign, "`");
    }
    return std::string();
  }
  if (token.kind == TokenKind::kString && absl::StrContains(token.text, '\\')) {
    return "a backslash, whose meaning depends on sql_mode (bind the text), in "
           "the quotes that begin";
  }
  if (!IsName(token)) return std::string();
  const bool part = i > 0 && tokens[i - 1].IsOperator(".");
  if (!part && IsReservedWord(token)) return Shown(token);
  if (next == nullptr) return std::string();
  if (next->IsOperator(".") && !part && IsSystemDatabase(token)) {
    return absl::StrCat("the database ", Shown(token));
  }
  if (next->kind == TokenKind::kOpen &&
      (part || token.kind != TokenKind::kWord ||
       !MayPrecedeParenthesis(token.text))) {
    return absl::StrCat("the function ", Shown(token));
  }
  if (token.kind != TokenKind::kWord) return std::string();
  // `_utf8'…'`: the text is read in that character set.
  if (next->kind == TokenKind::kString && token.text.front() == '_') {
    return absl::StrCat("the character set ", Shown(token));
  }
  const bool sequence = token.Is("next") || token.Is("previous");
  return !part && sequence && next->Is("value") ? Shown(token) : std::string();
}

}  // namespace

std::string Shown(const Token& token) {
  return absl::StrCat(
      "`",
      CutUtf8(std::string(token.text.substr(0, kShownBytes + 4)), kShownBytes),
      "`");
}

absl::Status CheckClauses(const Tokens& tokens, string_view field) {
  for (size_t i = 0; i < tokens.size(); ++i) {
    const std::string problem = ProblemBeyondClauses(tokens, i);
    if (!problem.empty()) {
      return Denied(field, problem, tokens[i].offset, WhereLevel::kClauses,
                    WhereLevel::kRaw);
    }
  }
  return absl::OkStatus();
}

absl::Status BeyondStrict(const Tokens& tokens, string_view field,
                          string_view what, size_t offset) {
  const bool clauses = CheckClauses(tokens, field).ok();
  return Denied(field, what, offset, WhereLevel::kStrict,
                clauses ? WhereLevel::kClauses : WhereLevel::kRaw);
}

}  // namespace berth::plan
