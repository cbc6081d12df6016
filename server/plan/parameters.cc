#include "server/plan/parameters.h"

#include "absl/strings/str_cat.h"
#include "server/base/limits.h"
#include "server/base/status_macros.h"
#include "server/plan/refuse.h"
#include "server/plan/value_check.h"

namespace berth::plan {
namespace {

using absl::string_view;
using catalog::Token;
using catalog::TokenKind;
using catalog::Tokens;

// FALSE for every `x IN (…)`, NULL included, as an empty list has it; a list
// of one NULL would make it NULL.
constexpr string_view kEmptyList = "SELECT NULL FROM DUAL WHERE FALSE";

bool IsOnlyPlaceholderOfIn(const Tokens& tokens, size_t i) {
  return i >= 2 && i + 1 < tokens.size() && tokens[i - 2].Is("in") &&
         tokens[i - 1].kind == TokenKind::kOpen &&
         tokens[i + 1].kind == TokenKind::kClose;
}

size_t NextPowerOfTwo(size_t count) {
  size_t power = 1;
  while (power < count) power *= 2;
  return power;
}

size_t PaddedSize(const v1::ValueList& list) {
  return list.values_size() == 0
             ? 0
             : NextPowerOfTwo(static_cast<size_t>(list.values_size()));
}

// Whether all lists together can be padded without exceeding MariaDB's limit.
bool PaddingFits(const Values& parameters) {
  size_t placeholders = 0;
  for (const v1::Value& value : parameters) {
    placeholders += value.has_list() ? PaddedSize(value.list()) : 1;
  }
  return placeholders <= limits::kPlaceholders;
}

void AppendList(const v1::ValueList& list, bool pad, std::string& sql,
                std::vector<const v1::Value*>& bound) {
  const size_t count = static_cast<size_t>(list.values_size());
  if (count == 0) {
    absl::StrAppend(&sql, kEmptyList);
    return;
  }
  const size_t size = pad ? PaddedSize(list) : count;
  for (size_t i = 0; i < size; ++i) {
    sql += i == 0 ? "?" : ",?";
    const size_t value = i < count ? i : count - 1;
    bound.push_back(&list.values(static_cast<int>(value)));
  }
}

}  // namespace

absl::Status CheckParameters(const Values& parameters, string_view field) {
  for (int i = 0; i < parameters.size(); ++i) {
    RETURN_IF_ERROR(CheckValue(parameters[i], Besides::kList, [&] {
      return absl::StrCat(field, "[", i, "]");
    }));
  }
  return absl::OkStatus();
}

absl::Status AppendWithParameters(string_view text, const Tokens& tokens,
                                  const Values& parameters, string_view field,
                                  absl::Span<size_t> marks, std::string& sql,
                                  std::vector<const v1::Value*>& bound) {
  int placeholders = 0;
  for (const Token& token : tokens) {
    if (token.kind == TokenKind::kPlaceholder) ++placeholders;
  }
  if (placeholders != parameters.size()) {
    return Refuse(field,
                  absl::StrCat("the text has ", placeholders, " placeholders, ",
                               parameters.size(), " values were given"));
  }
  RETURN_IF_ERROR(CheckParameters(parameters, field));
  const std::vector<size_t> offsets(marks.begin(), marks.end());
  for (size_t& mark : marks) mark += sql.size();
  bound.reserve(bound.size() + static_cast<size_t>(placeholders));
  const bool pad = PaddingFits(parameters);
  size_t copied = 0;
  int next = 0;
  for (size_t i = 0; placeholders > 0 && i < tokens.size(); ++i) {
    const Token& token = tokens[i];
    if (token.kind != TokenKind::kPlaceholder) continue;
    const v1::Value& value = parameters[next++];
    if (!value.has_list()) {
      bound.push_back(&value);
      continue;
    }
    if (!IsOnlyPlaceholderOfIn(tokens, i)) {
      return Refuse(absl::StrCat(field, "[", next - 1, "]"),
                    "a list must be the only placeholder of an `IN (?)`");
    }
    absl::StrAppend(&sql, text.substr(copied, token.offset - copied));
    const size_t before = sql.size();
    AppendList(value.list(), pad, sql, bound);
    copied = token.offset + 1;
    for (size_t m = 0; m < offsets.size(); ++m) {
      if (offsets[m] > token.offset) marks[m] += sql.size() - before - 1;
    }
  }
  absl::StrAppend(&sql, text.substr(copied));
  if (bound.size() > limits::kPlaceholders) {
    return OverLimit(field, "placeholders", limits::kPlaceholders,
                     bound.size());
  }
  return absl::OkStatus();
}

}  // namespace berth::plan
