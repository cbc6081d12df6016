// Results as JSON, for programs.
#ifndef BERTH_CLIENT_CTL_JSON_TEXT_H_
#define BERTH_CLIENT_CTL_JSON_TEXT_H_

#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "berth/v1/result.pb.h"
#include "berth/v1/value.pb.h"

namespace berth::ctl {

// `text`, which is UTF-8, as a string of JSON.
std::string JsonString(absl::string_view text);

// NULL as null; integers with all their digits and doubles as numbers; JSON as
// it is; bytes in base64; everything else, DECIMAL too, as a string. One line.
std::string JsonValue(const v1::Value& value);

// Each row as an object, one line each. A second column `x` becomes `x_2`.
std::vector<std::string> JsonRows(const v1::ResultChunk& result);

// What a write did, as an object in one line.
std::string JsonWrite(const v1::WriteResult& write);

}  // namespace berth::ctl

#endif  // BERTH_CLIENT_CTL_JSON_TEXT_H_
