#include "server/base/log.h"

#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/stdout_color_sinks.h>
#include <spdlog/spdlog.h>

#include <memory>

#include "absl/strings/str_cat.h"
#include "server/base/utf8.h"

namespace berth::log {
namespace {

bool json = false;

// RFC 8259, section 7. What is not UTF-8 becomes `?`.
std::string JsonEscaped(absl::string_view line) {
  std::string escaped;
  for (const char c : ToValidUtf8(line)) {
    if (c == '"' || c == '\\') {
      escaped += '\\';
      escaped += c;
    } else if (static_cast<unsigned char>(c) < 0x20) {
      absl::StrAppend(
          &escaped, "\\u00",
          absl::Hex(static_cast<unsigned char>(c), absl::kZeroPad2));
    } else {
      escaped += c;
    }
  }
  return escaped;
}

spdlog::logger& Logger() {
  static const std::shared_ptr<spdlog::logger> logger =
      spdlog::stderr_color_mt("berthd");
  return *logger;
}

void Write(spdlog::level::level_enum level, absl::string_view line) {
  std::string text(line);
  if (json) {
    text = JsonEscaped(text);
  }
  Logger().log(level, "{}", text);
}

}  // namespace

void Configure(const std::string& level, const std::string& format) {
  json = format == "json";
  Logger().set_level(spdlog::level::from_str(level));
  Logger().set_pattern(
      json ? R"({"time":"%Y-%m-%dT%H:%M:%S.%e%z","level":"%l","message":"%v"})"
           : "%Y-%m-%d %H:%M:%S.%e %^%-5l%$ %v");
  Logger().flush_on(spdlog::level::info);
}

void Info(absl::string_view line) { Write(spdlog::level::info, line); }
void Warn(absl::string_view line) { Write(spdlog::level::warn, line); }
void Error(absl::string_view line) { Write(spdlog::level::err, line); }

}  // namespace berth::log
