#include "server/base/log.h"

#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/stdout_color_sinks.h>
#include <spdlog/spdlog.h>

#include <memory>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"

namespace berth::log {
namespace {

bool json = false;

spdlog::logger& Logger() {
  static const std::shared_ptr<spdlog::logger> logger =
      spdlog::stderr_color_mt("berthd");
  return *logger;
}

void Write(spdlog::level::level_enum level, absl::string_view line) {
  std::string text(line);
  if (json) {
    text = absl::StrReplaceAll(
        text,
        {{"\\", "\\\\"}, {"\"", "\\\""}, {"\n", "\\n"}, {"\t", "\\t"}});
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
