#include "server/config/scalar.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"

namespace berth::config {
namespace {

struct ByteUnit {
  absl::string_view name;
  int64_t bytes;
};
constexpr ByteUnit kByteUnits[] = {
    {"GiB", int64_t{1} << 30}, {"MiB", int64_t{1} << 20}, {"KiB", 1024}};

absl::Status Wrong(absl::string_view expected, absl::string_view text) {
  return absl::InvalidArgumentError(
      absl::StrCat("must be ", expected, ", not `", text, "`"));
}

// absl::ParseDuration, and days. Rejects `0`'s unit-less form and infinity,
// which absl takes.
bool ParseTime(absl::string_view text, absl::Duration* duration) {
  absl::string_view days = text;
  int64_t count = 0;
  if (absl::ConsumeSuffix(&days, "d") && absl::SimpleAtoi(days, &count)) {
    *duration = count * absl::Hours(24);
    return true;
  }
  return !text.empty() && absl::ascii_isalpha(text.back()) &&
         absl::ParseDuration(text, duration) &&
         *duration != absl::InfiniteDuration() &&
         *duration != -absl::InfiniteDuration();
}

bool ParseBytes(absl::string_view text, int64_t* bytes) {
  int64_t unit = 1;
  for (const ByteUnit& candidate : kByteUnits) {
    if (absl::ConsumeSuffix(&text, candidate.name)) {
      unit = candidate.bytes;
      break;
    }
  }
  int64_t count = 0;
  return absl::SimpleAtoi(text, &count) &&
         !__builtin_mul_overflow(count, unit, bytes);
}

struct Setter {
  absl::string_view text;
  Config& config;

  absl::Status operator()(const TextField& field) const {
    if (field.problem != nullptr) {
      const std::string problem = field.problem(text);
      if (!problem.empty()) {
        return absl::InvalidArgumentError(
            absl::StrCat(problem, "; it is `", text, "`"));
      }
    }
    field.get(config) = std::string(text);
    return absl::OkStatus();
  }

  absl::Status operator()(const ChoiceField& field) const {
    if (std::find(field.choices.begin(), field.choices.end(), text) ==
        field.choices.end()) {
      return Wrong(absl::StrCat("one of ", absl::StrJoin(field.choices, ", ")),
                   text);
    }
    field.get(config) = std::string(text);
    return absl::OkStatus();
  }

  absl::Status operator()(const BoolField& field) const {
    if (text != "true" && text != "false") {
      return Wrong("true or false", text);
    }
    field.get(config) = text == "true";
    return absl::OkStatus();
  }

  absl::Status operator()(const IntField& field) const {
    int64_t value = 0;
    if (!absl::SimpleAtoi(text, &value) || value < field.min ||
        value > field.max) {
      return Wrong(
          absl::StrCat("a whole number from ", field.min, " to ", field.max),
          text);
    }
    field.get(config) = value;
    return absl::OkStatus();
  }

  absl::Status operator()(const BytesField& field) const {
    int64_t value = 0;
    if (!ParseBytes(text, &value) || value < field.min || value > field.max) {
      return Wrong(absl::StrCat("a size from ", BytesText(field.min), " to ",
                                BytesText(field.max), ", in bytes, KiB or MiB"),
                   text);
    }
    field.get(config) = value;
    return absl::OkStatus();
  }

  absl::Status operator()(const DurationField& field) const {
    absl::Duration value;
    if (!ParseTime(text, &value)) {
      return Wrong("a duration such as 500ms, 2s or 10m", text);
    }
    if (value < field.min || value > field.max) {
      return Wrong(absl::StrCat("from ", DurationText(field.min), " to ",
                                DurationText(field.max)),
                   text);
    }
    field.get(config) = value;
    return absl::OkStatus();
  }

  absl::Status operator()(const ListField& field) const {
    std::vector<std::string> items;
    for (absl::string_view item :
         absl::StrSplit(text, ',', absl::SkipWhitespace())) {
      items.emplace_back(absl::StripAsciiWhitespace(item));
    }
    field.get(config) = std::move(items);
    return absl::OkStatus();
  }

  absl::Status operator()(const SecretField& field) const {
    field.get(config) = Secret(text);
    return absl::OkStatus();
  }
};

}  // namespace

std::string DurationText(absl::Duration duration) {
  const struct {
    absl::string_view name;
    absl::Duration length;
  } units[] = {{"d", absl::Hours(24)},
               {"h", absl::Hours(1)},
               {"m", absl::Minutes(1)},
               {"s", absl::Seconds(1)},
               {"ms", absl::Milliseconds(1)}};
  for (const auto& unit : units) {
    absl::Duration rest;
    const int64_t count = absl::IDivDuration(duration, unit.length, &rest);
    if (count != 0 && rest == absl::ZeroDuration()) {
      return absl::StrCat(count, unit.name);
    }
  }
  return absl::FormatDuration(duration);
}

std::string BytesText(int64_t bytes) {
  for (const ByteUnit& unit : kByteUnits) {
    if (bytes != 0 && bytes % unit.bytes == 0) {
      return absl::StrCat(bytes / unit.bytes, unit.name);
    }
  }
  return absl::StrCat(bytes);
}

absl::Status SetField(const Field& field, absl::string_view text,
                      Config& config) {
  return std::visit(Setter{text, config}, field);
}

}  // namespace berth::config
