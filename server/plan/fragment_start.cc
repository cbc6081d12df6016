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
    // `left(x, 1) = 'a'` and `right(…)` are functions.
    const bool call = second != nullptr && second->kind == TokenKind::kOpen &&
                      (first.Is("left") || first.Is("right"));
    // The one clause whose second word is an operator too.
    const bool lock_in = first.Is("lock");
    if (lock_in || (!operand && !call)) return FragmentStart::kClause;
  }
  const bool clause_follows =
      second != nullptr && !operand &&
      (second->kind == TokenKind::kComma || IsClauseWord(*second));
  if (clause_follows && table.FindColumn(NameOf(first)) == nullptr) {
    return FragmentStart::kAlias;
  }
  return FragmentStart::kCondition;
}

}  // namespace berth::plan
