#include "server/config/users_file.h"

#include <optional>
#include <set>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "server/auth/password.h"
#include "server/base/limits.h"
#include "server/base/utf8.h"
#include "server/config/keys.h"
#include "yaml-cpp/yaml.h"

namespace berth::config {
namespace {

// What is wrong with a user's name; empty if nothing is. HTTP basic
// credentials end it at the first colon.
std::string NameProblem(absl::string_view name) {
  bool plain = IsValidUtf8(name);
  for (const char c : name) plain = plain && !absl::ascii_iscntrl(c);
  if (name.empty() || name.size() > limits::kUserNameBytes || !plain ||
      name.find(':') != name.npos) {
    return absl::StrCat("a user's name must be 1 to ", limits::kUserNameBytes,
                        " bytes of text without `:`");
  }
  return "";
}

class UsersReader {
 public:
  UsersReader(const std::string& path, auth::WhereLevel by_default,
              std::vector<std::string>* problems)
      : path_(path), by_default_(by_default), problems_(problems) {}

  std::vector<auth::User> Run() {
    const size_t before = problems_->size();
    // yaml-cpp reports errors as exceptions; none leaves this function.
    try {
      ReadRoot(YAML::LoadFile(path_));
    } catch (const YAML::BadFile&) {
      problems_->push_back(absl::StrCat(path_, ": cannot be read"));
    } catch (const YAML::Exception& e) {
      Add(e.mark, "", e.msg);
    }
    if (users_.empty() && problems_->size() == before) {
      problems_->push_back(absl::StrCat(
          path_, ": names no user; users: {NAME: {password: HASH}}"));
    }
    return std::move(users_);
  }

 private:
  void Add(const YAML::Mark& mark, absl::string_view name,
           absl::string_view text) {
    // Nodes without a place (an empty file) have the line -1.
    problems_->push_back(absl::StrCat(
        path_, mark.line < 0 ? "" : absl::StrCat(":", mark.line + 1), ": ",
        name, name.empty() ? "" : ": ", text));
  }

  // Hands each entry of a mapping to `read`, unless its key is no text or came
  // before.
  template <typename Read>
  void ForEach(const YAML::Node& map, const std::string& name, Read read) {
    if (map.IsNull()) return;
    if (!map.IsMap()) {
      Add(map.Mark(), name, "must hold keys and values");
      return;
    }
    std::set<std::string> seen;
    for (const auto& entry : map) {
      const YAML::Node& key = entry.first;
      if (!key.IsScalar()) {
        Add(key.Mark(), name, "a key must be a name");
      } else if (!seen.insert(key.Scalar()).second) {
        Add(key.Mark(), Under(name, key.Scalar()), "is set twice");
      } else {
        read(key, entry.second);
      }
    }
  }

  static std::string Under(const std::string& name, const std::string& key) {
    return name.empty() ? key : absl::StrCat(name, ".", key);
  }

  void AddUnknown(const YAML::Node& key, const std::string& name,
                  const std::vector<std::string>& known) {
    const std::string nearest = Nearest(key.Scalar(), known);
    Add(key.Mark(), "",
        absl::StrCat("unknown key ", Under(name, key.Scalar()),
                     nearest.empty()
                         ? ""
                         : absl::StrCat("; did you mean ", nearest, "?")));
  }

  void ReadRoot(const YAML::Node& root) {
    ForEach(root, "", [this](const YAML::Node& key, const YAML::Node& value) {
      if (key.Scalar() != "users") {
        AddUnknown(key, "", {"users"});
        return;
      }
      ForEach(value, "users",
              [this](const YAML::Node& name, const YAML::Node& user) {
                ReadUser(name, user);
              });
    });
  }

  void ReadUser(const YAML::Node& name, const YAML::Node& value) {
    auth::User user;
    user.name = name.Scalar();
    user.where_level = by_default_;
    const std::string path = Under("users", user.name);
    if (const std::string problem = NameProblem(user.name); !problem.empty()) {
      Add(name.Mark(), "users", problem);
      return;
    }
    bool has_password = false;
    ForEach(value, path, [&](const YAML::Node& key, const YAML::Node& setting) {
      const std::string& what = key.Scalar();
      if (what == "password") {
        has_password = true;
        ReadPassword(key, setting, Under(path, what), user);
      } else if (what == "where") {
        ReadWhere(key, setting, Under(path, what), user);
      } else {
        AddUnknown(key, path, {"password", "where"});
      }
    });
    if (!has_password && (value.IsMap() || value.IsNull())) {
      Add(name.Mark(), path, "has no password");
    }
    users_.push_back(std::move(user));
  }

  void ReadPassword(const YAML::Node& key, const YAML::Node& value,
                    const std::string& path, auth::User& user) {
    user.password_hash = value.IsScalar() ? value.Scalar() : "";
    const std::string problem = auth::PasswordHashProblem(user.password_hash);
    if (!problem.empty()) Add(key.Mark(), path, problem);
  }

  void ReadWhere(const YAML::Node& key, const YAML::Node& value,
                 const std::string& path, auth::User& user) {
    const std::optional<auth::WhereLevel> level =
        value.IsScalar() ? auth::WhereLevelOf(value.Scalar()) : std::nullopt;
    if (level.has_value()) {
      user.where_level = *level;
    } else {
      Add(key.Mark(), path, "must be one of strict, clauses, raw");
    }
  }

  const std::string& path_;
  const auth::WhereLevel by_default_;
  std::vector<std::string>* const problems_;
  std::vector<auth::User> users_;
};

}  // namespace

std::vector<auth::User> ReadUsersFile(const std::string& path,
                                      auth::WhereLevel by_default,
                                      std::vector<std::string>* problems) {
  return UsersReader(path, by_default, problems).Run();
}

}  // namespace berth::config
