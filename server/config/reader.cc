#include "server/config/reader.h"

#include <string.h>
#include <unistd.h>

#include <fstream>
#include <iterator>
#include <set>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "server/config/check.h"
#include "server/config/keys.h"
#include "server/config/scalar.h"
#include "server/config/secret_file.h"
#include "server/config/users_file.h"
#include "yaml-cpp/yaml.h"

extern char** environ;

namespace berth::config {
namespace {

// A password is shorter; more is the wrong file.
constexpr size_t kSecretFileBytes = 4096;

bool IsSection(absl::string_view name) {
  for (const Key& key : Keys()) {
    if (absl::StartsWith(key.name, absl::StrCat(name, "."))) {
      return true;
    }
  }
  return false;
}

// Gathers the configuration and every problem with it.
class Reader {
 public:
  explicit Reader(const Sources& sources) : sources_(sources) {}

  absl::StatusOr<Config> Run() {
    if (!sources_.file.empty()) {
      ReadFile();
    }
    ReadEnvironment();
    for (const Override& override : sources_.overrides) {
      SetText(override.key, override.value, override.origin);
    }
    ReadPasswordFile();
    ReadUsers();
    for (std::string& problem : FindContradictions(config_, origins_)) {
      problems_.push_back(std::move(problem));
    }
    if (!problems_.empty()) {
      return absl::InvalidArgumentError(absl::StrJoin(problems_, "\n"));
    }
    return std::move(config_);
  }

 private:
  void Add(absl::string_view origin, absl::string_view key,
           absl::string_view text) {
    problems_.push_back(
        absl::StrCat(origin, ": ", key, key.empty() ? "" : ": ", text));
  }

  void AddUnknown(absl::string_view origin, absl::string_view name,
                  const std::vector<std::string>& known) {
    const std::string nearest = Nearest(name, known);
    Add(origin, "",
        absl::StrCat("unknown key ", name,
                     nearest.empty()
                         ? "; berthd --print-config lists all keys"
                         : absl::StrCat("; did you mean ", nearest, "?")));
  }

  std::string Place(const YAML::Mark& mark) const {
    // Nodes without a place (an empty file) have the line -1.
    return mark.line < 0 ? sources_.file
                         : absl::StrCat(sources_.file, ":", mark.line + 1);
  }

  void ReadFile() {
    // yaml-cpp reports errors as exceptions; none leaves this function.
    try {
      ReadSection(YAML::LoadFile(sources_.file), "");
    } catch (const YAML::BadFile&) {
      Add(sources_.file, "", "cannot be read");
    } catch (const YAML::Exception& e) {
      Add(Place(e.mark), "", e.msg);
    }
    auto password = origins_.find("mariadb.password");
    if (password != origins_.end()) {
      const std::string problem = OpenToOthers(sources_.file);
      if (!problem.empty()) {
        Add(password->second, password->first, problem);
      }
    }
  }

  // Reads a mapping whose keys begin with `prefix`: empty, or `pool.`.
  void ReadSection(const YAML::Node& section, const std::string& prefix) {
    if (section.IsNull()) {
      return;
    }
    if (!section.IsMap()) {
      Add(Place(section.Mark()), prefix.substr(0, prefix.size() - 1),
          "must hold keys and values");
      return;
    }
    for (const auto& entry : section) {
      ReadEntry(entry.first, entry.second, prefix);
    }
  }

  void ReadEntry(const YAML::Node& name_node, const YAML::Node& value,
                 const std::string& prefix) {
    const std::string origin = Place(name_node.Mark());
    if (!name_node.IsScalar()) {
      Add(origin, "", "a key must be a name");
      return;
    }
    const std::string name = absl::StrCat(prefix, name_node.Scalar());
    const Key* key = FindKey(name);
    const bool is_section = prefix.empty() && IsSection(name);
    if (key == nullptr && !is_section) {
      AddUnknown(origin, name, KnownIn(prefix));
    } else if (!seen_.insert(name).second) {
      Add(origin, name, "is set twice in this file");
    } else if (is_section) {
      ReadSection(value, name + ".");
    } else {
      SetNode(*key, value, origin);
    }
  }

  // The names that may stand at a place: all keys, and the sections at the top.
  static std::vector<std::string> KnownIn(const std::string& prefix) {
    std::set<std::string> names;
    for (const Key& key : Keys()) {
      names.emplace(key.name);
      if (prefix.empty()) {
        names.emplace(key.name.substr(0, key.name.find('.')));
      }
    }
    return {names.begin(), names.end()};
  }

  void SetNode(const Key& key, const YAML::Node& value,
               const std::string& origin) {
    const auto* list = std::get_if<ListField>(&key.field);
    if (list != nullptr && value.IsSequence()) {
      std::vector<std::string> items;
      for (const YAML::Node& item : value) {
        if (!item.IsScalar()) {
          Add(Place(item.Mark()), key.name, "must be a list of names");
          return;
        }
        items.push_back(item.Scalar());
      }
      list->get(config_) = std::move(items);
      origins_[std::string(key.name)] = origin;
    } else if (list != nullptr) {
      Add(origin, key.name, "must be a list such as [one, two]");
    } else if (value.IsNull()) {
      Add(origin, key.name, "has no value");
    } else if (!value.IsScalar()) {
      Add(origin, key.name, "must be a single value");
    } else {
      SetText(key.name, value.Scalar(), origin);
    }
  }

  void SetText(absl::string_view name, const std::string& text,
               const std::string& origin) {
    const Key* key = FindKey(name);
    if (key == nullptr) {
      AddUnknown(origin, name, KnownIn(""));
      return;
    }
    const absl::Status status = SetField(key->field, text, config_);
    if (!status.ok()) {
      Add(origin, key->name, status.message());
      return;
    }
    origins_[std::string(key->name)] = origin;
  }

  void ReadEnvironment() {
    std::vector<std::string> known;
    for (const Key& key : Keys()) {
      known.push_back(EnvironmentName(key.name));
      auto variable = sources_.environment.find(known.back());
      if (variable != sources_.environment.end()) {
        SetText(key.name, variable->second, variable->first);
      }
    }
    const std::set<std::string> names(known.begin(), known.end());
    for (const auto& [name, value] : sources_.environment) {
      if (names.count(name) == 0 && MeansBerthd(name)) {
        AddUnknown(name, name, known);
      }
    }
  }

  // Whether an unknown variable must be a slip. Others share the prefix: the
  // clients (BERTH_ENDPOINT), and Kubernetes, which describes a service called
  // berth-pool as BERTH_POOL_SERVICE_HOST, BERTH_POOL_PORT_80_TCP, ...
  static bool MeansBerthd(absl::string_view name) {
    if (absl::StrContains(name, "_SERVICE_") ||
        absl::StrContains(name, "_PORT_") || absl::EndsWith(name, "_PORT")) {
      return false;
    }
    for (const Key& key : Keys()) {
      const size_t dot = key.name.find('.');
      if (dot != absl::string_view::npos &&
          absl::StartsWith(
              name,
              absl::StrCat(EnvironmentName(key.name.substr(0, dot)), "_"))) {
        return true;
      }
    }
    return false;
  }

  void ReadPasswordFile() {
    const std::string& path = config_.mariadb.password_file;
    if (path.empty()) {
      return;
    }
    std::string problem = OpenToOthers(path);
    std::ifstream file(path, std::ios::binary);
    std::string text(kSecretFileBytes + 1, '\0');
    if (problem.empty()) {
      file.read(text.data(), text.size());
      if (file.bad() || file.gcount() == 0) {
        problem = absl::StrCat("cannot read ", path, ", or it is empty");
      } else if (static_cast<size_t>(file.gcount()) > kSecretFileBytes) {
        problem = absl::StrCat(path, " is too long for a password");
      }
    }
    if (!problem.empty()) {
      problems_.push_back(Problem("mariadb.password_file", problem, origins_));
    } else {
      config_.mariadb.password = Secret(absl::StripTrailingAsciiWhitespace(
          absl::string_view(text.data(), file.gcount())));
    }
    explicit_bzero(text.data(), text.size());
  }

  void ReadUsers() {
    const std::string& path = config_.security.users_file;
    if (path.empty()) return;
    const std::string problem = OpenToOthers(path);
    if (!problem.empty()) {
      problems_.push_back(Problem("security.users_file", problem, origins_));
      return;
    }
    config_.security.users =
        ReadUsersFile(path,
                      auth::WhereLevelOf(config_.security.where)
                          .value_or(auth::WhereLevel::kStrict),
                      &problems_);
  }

  const Sources& sources_;
  Config config_;
  Origins origins_;
  std::set<std::string> seen_;  // Keys and sections of the file.
  std::vector<std::string> problems_;
};

}  // namespace

std::map<std::string, std::string> ProcessEnvironment() {
  std::map<std::string, std::string> variables;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const absl::string_view text = *entry;
    const size_t equals = text.find('=');
    if (absl::StartsWith(text, "BERTH_") && equals != text.npos) {
      variables.emplace(text.substr(0, equals), text.substr(equals + 1));
    }
  }
  return variables;
}

absl::StatusOr<Config> Read(const Sources& sources) {
  return Reader(sources).Run();
}

}  // namespace berth::config
