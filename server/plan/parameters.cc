#include "server/plan/parameters.h"

#include "absl/container/inlined_vector.h"
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

PlaceholderWriter::PlaceholderWriter(const Tokens& tokens,
                                     const Values& parameters,
                                     string_view field,
                                     std::vector<const v1::Value*>* bound)
    : tokens_(tokens), parameters_(parameters), field_(field), bound_(bound) {}

absl::Status PlaceholderWriter::Check() {
  int placeholders = 0;
  for (const Token& token : tokens_) {
    if (token.kind == TokenKind::kPlaceholder) ++placeholders;
  }
  if (placeholders != parameters_.size()) {
    return Refuse(field_,
                  absl::StrCat("the text has ", placeholders, " placeholders, ",
                               parameters_.size(), " values were given"));
  }
  RETURN_IF_ERROR(CheckParameters(parameters_, field_));
  bound_->reserve(bound_->size() + static_cast<size_t>(placeholders));
  pad_ = PaddingFits(parameters_);
  return absl::OkStatus();
}

absl::Status PlaceholderWriter::Write(size_t i, std::string& sql) {
  const v1::Value& value = parameters_[next_++];
  if (!value.has_list()) {
    sql += "?";
    bound_->push_back(&value);
    return absl::OkStatus();
  }
  if (!IsOnlyPlaceholderOfIn(tokens_, i)) {
    return Refuse(absl::StrCat(field_, "[", next_ - 1, "]"),
                  "a list must be the only placeholder of an `IN (?)`");
  }
  AppendList(value.list(), pad_, sql, *bound_);
  return absl::OkStatus();
}

absl::Status PlaceholderWriter::CheckTotal() const {
  if (bound_->size() <= limits::kPlaceholders) return absl::OkStatus();
  return OverLimit(field_, "placeholders", limits::kPlaceholders,
                   bound_->size());
}

absl::Status AppendWithParameters(string_view text, const Tokens& tokens,
                                  const Values& parameters, string_view field,
                                  absl::Span<size_t> marks, std::string& sql,
                                  std::vector<const v1::Value*>& bound) {
  PlaceholderWriter writer(tokens, parameters, field, &bound);
  RETURN_IF_ERROR(writer.Check());
  const absl::InlinedVector<size_t, 2> offsets(marks.begin(), marks.end());
  for (size_t& mark : marks) mark += sql.size();
  size_t copied = 0;
  for (size_t i = 0; parameters.size() > 0 && i < tokens.size(); ++i) {
    const Token& token = tokens[i];
    if (token.kind != TokenKind::kPlaceholder) continue;
    absl::StrAppend(&sql, text.substr(copied, token.offset - copied));
    const size_t before = sql.size();
    RETURN_IF_ERROR(writer.Write(i, sql));
    copied = token.offset + 1;
    for (size_t m = 0; m < offsets.size(); ++m) {
      if (offsets[m] > token.offset) marks[m] += sql.size() - before - 1;
    }
  }
  absl::StrAppend(&sql, text.substr(copied));
  return writer.CheckTotal();
}

}  // namespace berth::plan
