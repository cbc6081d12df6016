#include "server/plan/fragment.h"

#include <algorithm>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "server/base/limits.h"
#include "server/base/status_macros.h"
#include "server/catalog/sql_quote.h"
#include "server/plan/calls.h"
#include "server/plan/parameters.h"
#include "server/plan/refuse.h"
#include "server/plan/strict_fragment.h"
#include "server/plan/where_policy.h"

namespace berth::plan {
namespace {

using absl::string_view;
using catalog::Token;
using catalog::TokenKind;
using catalog::Tokens;

// What the words outside parentheses tell; offsets are of the caller's text.
struct Outline {
  Outline() = default;

  bool joined = false;
  size_t limit_offset = string_view::npos;
  size_t tail_offset = string_view::npos;
};

// Notes the clause that token `i` begins, if it begins one.
void NoteWord(const Tokens& tokens, size_t i, Fragment& fragment,
              Outline& outline) {
  const Token& token = tokens[i];
  const Token* next = i + 1 < tokens.size() ? &tokens[i + 1] : nullptr;
  const auto next_is = [next](string_view word) {
    return next != nullptr && next->Is(word);
  };
  // `USE INDEX FOR JOIN`, `USE INDEX FOR ORDER BY`.
  const bool hint = i > 0 && tokens[i - 1].Is("for");
  const auto note_tail = [&] {
    outline.tail_offset = std::min(outline.tail_offset, token.offset);
  };
  const auto note_read = [&] {
    fragment.read_clause = absl::AsciiStrToUpper(token.text);
  };
  if (token.Is("where")) {
    fragment.has_where = true;
  } else if (token.Is("order") && next_is("by") && !hint) {
    fragment.has_order_by = true;
  } else if (token.Is("limit") || token.Is("fetch") || token.Is("offset")) {
    fragment.has_limit = true;
    outline.limit_offset = std::min(outline.limit_offset, token.offset);
  } else if ((token.Is("for") && next_is("update")) ||
             (token.Is("lock") && next_is("in"))) {
    fragment.has_lock = true;
    note_tail();
    note_read();
  } else if (token.Is("into") || token.Is("procedure")) {
    note_tail();
    note_read();
  } else if ((token.Is("join") || token.Is("straight_join")) && !hint) {
    outline.joined = true;
    note_read();
  } else if ((token.Is("group") && next_is("by")) || token.Is("having") ||
             token.Is("union") || token.Is("except") || token.Is("intersect") ||
             token.Is("returning") || token.Is("window")) {
    note_read();
  }
}

Outline Survey(const Tokens& tokens, Fragment& fragment) {
  Outline outline;
  for (size_t i = 0; i < tokens.size(); ++i) {
    const Token& token = tokens[i];
    if (token.depth != 0) continue;
    if (token.kind == TokenKind::kComma && !fragment.has_where &&
        !fragment.has_order_by && !fragment.has_limit &&
        fragment.read_clause.empty() &&
        fragment.start != FragmentStart::kCondition) {
      outline.joined = true;
      fragment.read_clause = ",";
    }
    // `t.limit` is a column.
    const bool part = i > 0 && tokens[i - 1].IsOperator(".");
    if (token.kind == TokenKind::kWord && !part) {
      NoteWord(tokens, i, fragment, outline);
    }
  }
  return outline;
}

// The alias that a fragment begins with; empty: none.
std::string AliasOf(const Tokens& tokens, FragmentStart start) {
  if (start == FragmentStart::kAlias) return NameOf(tokens[0]);
  if (start == FragmentStart::kClause && tokens[0].Is("as") &&
      tokens.size() > 1) {
    return NameOf(tokens[1]);
  }
  return std::string();
}

}  // namespace

bool MayDirtySession(const Tokens& tokens) {
  for (const Token& token : tokens) {
    if (token.IsOperator(":=") || token.IsOperator("@")) return true;
  }
  const Calls calls = FindCalls(tokens);
  return calls.stateful || calls.routine;
}

absl::StatusOr<Fragment> ReadFragment(const v1::Filter& filter,
                                      const catalog::Table& table,
                                      auth::WhereLevel level,
                                      string_view field) {
  Fragment fragment;
  const std::string where_field = absl::StrCat(field, ".where");
  const string_view text = filter.where();
  if (text.size() > limits::kFragmentBytes) {
    return OverLimit(where_field, "bytes", limits::kFragmentBytes, text.size());
  }
  const absl::StatusOr<Tokens> read = catalog::Tokenize(text, where_field);
  RETURN_IF_ERROR(read.status());
  const Tokens& tokens = *read;  // A kilobyte, so not moved.
  if (level == auth::WhereLevel::kStrict) {
    RETURN_IF_ERROR(ReadStrictFragment(filter, tokens, table, field, fragment));
    return fragment;
  }
  if (level == auth::WhereLevel::kClauses) {
    RETURN_IF_ERROR(CheckClauses(tokens, where_field));
  }
  fragment.start = StartOfFragment(tokens, table);
  const Outline outline = Survey(tokens, fragment);
  fragment.may_dirty_session = MayDirtySession(tokens);
  const std::string alias = AliasOf(tokens, fragment.start);
  if (!alias.empty()) {
    fragment.qualifier = catalog::QuoteIdentifier(alias);
  } else if (outline.joined) {
    fragment.qualifier = catalog::QuoteIdentifier(table.name());
  }
  fragment.sql.reserve(text.size() + 8);
  if (fragment.start == FragmentStart::kCondition) {
    fragment.has_where = true;
    fragment.sql = " WHERE ";
  } else if (fragment.start != FragmentStart::kEmpty) {
    fragment.sql = " ";
  }
  const size_t tail = std::min(outline.tail_offset, text.size());
  size_t marks[] = {std::min(outline.limit_offset, tail), tail};
  RETURN_IF_ERROR(AppendWithParameters(
      text, tokens, filter.parameters(), absl::StrCat(field, ".parameters"),
      absl::MakeSpan(marks), fragment.sql, fragment.parameters));
  if (fragment.start == FragmentStart::kEmpty) {
    fragment.sql.clear();
    return fragment;
  }
  fragment.order_at = marks[0];
  fragment.limit_at = marks[1];
  return fragment;
}

absl::Status CheckForWrite(const Fragment& fragment, bool all_rows,
                           string_view field) {
  const std::string where_field = absl::StrCat(field, ".where");
  if (fragment.start == FragmentStart::kEmpty) {
    if (all_rows) return absl::OkStatus();
    return Refuse(where_field,
                  "empty; to mean every row of the table set `all_rows`");
  }
  if (all_rows) {
    return Refuse("all_rows", "contradicts the filter; give one of the two");
  }
  if (fragment.start == FragmentStart::kAlias || !fragment.qualifier.empty()) {
    return Refuse(where_field, "joins and aliases are not allowed here");
  }
  if (!fragment.read_clause.empty()) {
    return Refuse(where_field,
                  absl::StrCat(fragment.read_clause, " is not allowed here"));
  }
  if (!fragment.has_where && !fragment.has_limit) {
    return Refuse(where_field,
                  "names neither a condition nor a LIMIT; to mean every row "
                  "of the table set `all_rows`");
  }
  return absl::OkStatus();
}

}  // namespace berth::plan
