#include "server/plan/strict_fragment.h"

#include "absl/strings/str_cat.h"
#include "server/base/limits.h"
#include "server/base/status_macros.h"
#include "server/base/utf8.h"
#include "server/plan/parameters.h"
#include "server/plan/refuse.h"
#include "server/plan/strict_expression.h"
#include "server/plan/where_policy.h"

namespace berth::plan {
namespace {

using absl::string_view;
using catalog::TokenKind;
using catalog::Tokens;

absl::Status CheckText(string_view text, const Tokens& tokens,
                       string_view field) {
  if (tokens.size() > limits::kStrictTokens) {
    return OverLimit(field, "words and signs", limits::kStrictTokens,
                     tokens.size());
  }
  if (!IsValidUtf8(text)) return Refuse(field, "is not valid UTF-8");
  return absl::OkStatus();
}

absl::Status ReadOrder(StrictExpression& reader) {
  RETURN_IF_ERROR(reader.NeedWord("by"));
  do {
    RETURN_IF_ERROR(reader.Read());
    if (!reader.TakeWord("asc")) reader.TakeWord("desc");
  } while (reader.TakeComma());
  return absl::OkStatus();
}

absl::Status ReadLimit(StrictExpression& reader) {
  RETURN_IF_ERROR(reader.ReadCount());
  if (reader.TakeComma() || reader.TakeWord("offset")) {
    return reader.ReadCount();
  }
  return absl::OkStatus();
}

absl::Status ReadLock(StrictExpression& reader) {
  if (reader.TakeWord("for")) {
    RETURN_IF_ERROR(reader.NeedWord("update"));
  } else {
    RETURN_IF_ERROR(reader.NeedWord("lock"));
    RETURN_IF_ERROR(reader.NeedWord("in"));
    RETURN_IF_ERROR(reader.NeedWord("share"));
    RETURN_IF_ERROR(reader.NeedWord("mode"));
  }
  if (reader.TakeWord("skip")) return reader.NeedWord("locked");
  reader.TakeWord("nowait");
  return absl::OkStatus();
}

bool AtClause(const StrictExpression& reader) {
  return (reader.AtWord("order") && reader.AtWord("by", 1)) ||
         reader.AtWord("limit") || reader.AtWord("for") ||
         reader.AtWord("lock");
}

}  // namespace

absl::Status ReadStrictFragment(const v1::Filter& filter, const Tokens& tokens,
                                const catalog::Table& table, string_view field,
                                Fragment& fragment) {
  const std::string where_field = absl::StrCat(field, ".where");
  const std::string parameters_field = absl::StrCat(field, ".parameters");
  RETURN_IF_ERROR(CheckText(filter.where(), tokens, where_field));
  PlaceholderWriter placeholders(tokens, filter.parameters(), parameters_field,
                                 &fragment.parameters);
  RETURN_IF_ERROR(placeholders.Check());
  if (tokens.empty()) return absl::OkStatus();
  fragment.sql.reserve(filter.where().size() + tokens.size() * 2 + 8);
  StrictExpression reader(tokens, table, where_field, &placeholders,
                          &fragment.sql);
  fragment.start = FragmentStart::kClause;
  if (reader.AtKind(TokenKind::kComma)) {
    return BeyondStrict(tokens, where_field, "another table, whose `,` is",
                        tokens[0].offset);
  }
  if (!AtClause(reader)) {
    if (!reader.TakeWord("where")) {
      fragment.start = FragmentStart::kCondition;
      fragment.sql = " WHERE";
    }
    fragment.has_where = true;
    RETURN_IF_ERROR(reader.Read());
  }
  if (AtClause(reader) && reader.TakeWord("order")) {
    fragment.has_order_by = true;
    RETURN_IF_ERROR(ReadOrder(reader));
  }
  fragment.order_at = fragment.sql.size();
  if (reader.TakeWord("limit")) {
    fragment.has_limit = true;
    RETURN_IF_ERROR(ReadLimit(reader));
  }
  fragment.limit_at = fragment.sql.size();
  if (reader.AtWord("for") || reader.AtWord("lock")) {
    fragment.has_lock = true;
    fragment.read_clause = reader.AtWord("for") ? "FOR" : "LOCK";
    RETURN_IF_ERROR(ReadLock(reader));
  }
  if (!reader.AtEnd()) return reader.Unexpected("the end or a further clause");
  return placeholders.CheckTotal();
}

absl::Status AppendStrictExpression(const v1::Filter& filter,
                                    const Tokens& tokens,
                                    const catalog::Table& table,
                                    string_view field, std::string& sql,
                                    std::vector<const v1::Value*>& bound) {
  const std::string where_field = absl::StrCat(field, ".where");
  const std::string parameters_field = absl::StrCat(field, ".parameters");
  RETURN_IF_ERROR(CheckText(filter.where(), tokens, where_field));
  PlaceholderWriter placeholders(tokens, filter.parameters(), parameters_field,
                                 &bound);
  RETURN_IF_ERROR(placeholders.Check());
  StrictExpression reader(tokens, table, where_field, &placeholders, &sql);
  RETURN_IF_ERROR(reader.Read());
  if (!reader.AtEnd()) return reader.Unexpected("the end");
  return placeholders.CheckTotal();
}

}  // namespace berth::plan
