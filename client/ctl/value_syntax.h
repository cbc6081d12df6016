// How values are written on the command line.
#ifndef BERTH_CLIENT_CTL_VALUE_SYNTAX_H_
#define BERTH_CLIENT_CTL_VALUE_SYNTAX_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "berth/v1/query.pb.h"
#include "berth/v1/value.pb.h"

namespace berth::ctl {

// `null`, `default`, or `KIND:TEXT` with one of the kinds bool, int, uint,
// double, text, blob (in hexadecimal), decimal, json, date, datetime, time;
// `list:KIND:A,B,…` for `IN (?)`. Everything else is text, also `12:30` and
// `http://x`; `text:null` is the text "null".
absl::StatusOr<v1::Value> ParseValue(absl::string_view text);

// A value for each placeholder.
absl::StatusOr<std::vector<v1::Value>> ParseValues(
    const std::vector<std::string>& texts);

// `COLUMN=VALUE`, or `COLUMN:=EXPRESSION` in SQL.
absl::StatusOr<v1::Assignment> ParseAssignment(absl::string_view text);

// `COLUMN` or `COLUMN:desc`.
absl::StatusOr<v1::Order> ParseOrder(absl::string_view text);

// `5s`, `250ms`, `1m30s`, or a number of seconds.
absl::StatusOr<absl::Duration> ParseTimeout(absl::string_view text);

}  // namespace berth::ctl

#endif  // BERTH_CLIENT_CTL_VALUE_SYNTAX_H_
