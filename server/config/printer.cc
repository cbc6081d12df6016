#include "server/config/printer.h"

#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "server/config/keys.h"
#include "server/config/scalar.h"
#include "yaml-cpp/yaml.h"

namespace berth::config {
namespace {

constexpr size_t kColumns = 78;

// `text` as YAML reads it back, in quotes only where it must be.
std::string Quoted(const std::string& text) {
  YAML::Emitter out;
  out << text;
  return out.c_str();
}

// A value as it is written, and its range in words.
struct Written {
  std::string value;
  std::string range;
  bool commented = false;  // Nothing to read back.
};

struct Writer {
  Config& config;

  Written operator()(const TextField& field) const {
    const std::string& text = field.get(config);
    return {text.empty() ? "" : Quoted(text), "", text.empty()};
  }
  Written operator()(const ChoiceField& field) const {
    const std::string& choice = field.get(config);
    return {choice,
            absl::StrCat("One of ", absl::StrJoin(field.choices, ", "), "."),
            choice.empty()};
  }
  Written operator()(const BoolField& field) const {
    return {field.get(config) ? "true" : "false", "true or false."};
  }
  Written operator()(const IntField& field) const {
    return {absl::StrCat(field.get(config)),
            absl::StrCat(field.min, " to ", field.max, ".")};
  }
  Written operator()(const BytesField& field) const {
    return {
        BytesText(field.get(config)),
        absl::StrCat(BytesText(field.min), " to ", BytesText(field.max), ".")};
  }
  Written operator()(const DurationField& field) const {
    return {DurationText(field.get(config)),
            absl::StrCat(DurationText(field.min), " to ",
                         DurationText(field.max), ".")};
  }
  Written operator()(const ListField& field) const {
    std::vector<std::string> items;
    for (const std::string& item : field.get(config)) {
      items.push_back(Quoted(item));
    }
    return {absl::StrCat("[", absl::StrJoin(items, ", "), "]"), ""};
  }
  Written operator()(const SecretField& field) const {
    return {field.get(config).empty() ? "" : "***", "", true};
  }
};

// `text` as comment lines of at most kColumns.
std::string Comment(const std::string& indent, absl::string_view text) {
  std::string out;
  std::string line;
  for (absl::string_view word : absl::StrSplit(text, ' ', absl::SkipEmpty())) {
    if (!line.empty() && line.size() + 1 + word.size() > kColumns) {
      absl::StrAppend(&out, line, "\n");
      line.clear();
    }
    absl::StrAppend(&line, line.empty() ? absl::StrCat(indent, "# ") : " ",
                    word);
  }
  absl::StrAppend(&out, line, "\n");
  return out;
}

void PrintKey(const Key& key, Config& config, Config& defaults,
              const std::string& indent, std::string* out) {
  const Written written = std::visit(Writer{config}, key.field);
  const Written by_default = std::visit(Writer{defaults}, key.field);
  absl::StrAppend(
      out, Comment(indent, key.meaning),
      Comment(indent,
              absl::StrCat(written.range, " Default: ",
                           by_default.value.empty() ? "none" : by_default.value,
                           ". ", EnvironmentName(key.name), ".")),
      indent, written.commented ? "# " : "",
      key.name.substr(key.name.rfind('.') + 1), ":",
      written.value.empty() ? "" : " ", written.value, "\n\n");
}

}  // namespace

std::string Print(const Config& config) {
  Config values = config;
  Config defaults;
  std::string out =
      "# The configuration of berthd. Each key has its meaning, its range, "
      "its\n# default and the environment variable that overrides it.\n"
      "# Durations are written as 500ms, 2s, 10m, 8h or 7d.\n\n";
  std::string section;
  for (const Key& key : Keys()) {
    const size_t dot = key.name.find('.');
    const std::string name(dot == key.name.npos ? "" : key.name.substr(0, dot));
    if (name != section && !name.empty()) {
      absl::StrAppend(&out, name, ":\n");
    }
    section = name;
    PrintKey(key, values, defaults, name.empty() ? "" : "  ", &out);
  }
  out.pop_back();  // The last empty line.
  return out;
}

}  // namespace berth::config
