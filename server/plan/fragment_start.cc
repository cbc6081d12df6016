#include "server/plan/fragment_start.h"

#include <string>

#include "absl/container/flat_hash_set.h"
#include "absl/strings/ascii.h"
#include "absl/strings/string_view.h"

namespace berth::plan {
namespace {

using catalog::Token;
using catalog::TokenKind;

// Words that can follow a table's name and begin something else.
bool IsClauseWord(const Token& token) {
  static const auto* const words = new absl::flat_hash_set<absl::string_view>{
      "where", "order", "group",     "having",    "limit",
      "for",   "lock",  "union",     "except",    "intersect",
      "minus", "into",  "procedure", "join",      "inner",
      "left",  "right", "cross",     "natural",   "straight_join",
      "use",   "force", "ignore",    "partition", "returning",
      "as",    "on",    "window",    "offset",    "fetch"};
  constexpr size_t kLongest = 13;
  return token.kind == TokenKind::kWord && token.text.size() <= kLongest &&
         words->contains(absl::AsciiStrToLower(token.text));
}

// Whether what stands before this token is an operand.
bool IsOperator(const Token& token) {
  if (token.kind == TokenKind::kOperator) return true;
  return token.Is("in") || token.Is("like") || token.Is("between") ||
         token.Is("not") || token.Is("regexp") || token.Is("rlike") ||
         token.Is("is");
}

// Whether `left(x, 1)` or `right(…)`, which are functions, begins at `i`.
bool IsCall(const catalog::Tokens& tokens, size_t i) {
  return i + 1 < tokens.size() &&
         (tokens[i].Is("left") || tokens[i].Is("right")) &&
         tokens[i + 1].kind == TokenKind::kOpen;
}

}  // namespace

FragmentStart StartOfFragment(const catalog::Tokens& tokens,
                              const catalog::Table& table) {
  if (tokens.empty()) return FragmentStart::kEmpty;
  const Token& first = tokens[0];
  if (first.kind == TokenKind::kComma) return FragmentStart::kClause;
  const bool name =
      first.kind == TokenKind::kWord || first.kind == TokenKind::kQuotedName;
  if (!name) return FragmentStart::kCondition;
  const Token* second = tokens.size() > 1 ? &tokens[1] : nullptr;
  const bool operand = second != nullptr && IsOperator(*second);
  if (IsClauseWord(first)) {
    // The clauses whose second word may be an operator too: `where -id < 1`,
    // `lock in share mode`.
    const bool operator_may_follow = first.Is("where") || first.Is("lock");
    if (operator_may_follow || (!operand && !IsCall(tokens, 0))) {
      return FragmentStart::kClause;
    }
  }
  const bool clause_follows =
      second != nullptr && !operand && !IsCall(tokens, 1) &&
      (second->kind == TokenKind::kComma || IsClauseWord(*second));
  if (clause_follows && table.FindColumn(NameOf(first)) == nullptr) {
    return FragmentStart::kAlias;
  }
  return FragmentStart::kCondition;
}

}  // namespace berth::plan
