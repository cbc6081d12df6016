// The one table of configuration keys, which reader, environment and printer
// follow.
#ifndef BERTH_SERVER_CONFIG_KEYS_H_
#define BERTH_SERVER_CONFIG_KEYS_H_

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "server/base/secret.h"
#include "server/config/config.h"

namespace berth::config {

// The kinds of fields; `get` finds the field in a Config.
struct TextField {
  std::string& (*get)(Config&);
  // What is wrong with a value; empty if nothing is. May be null.
  std::string (*problem)(absl::string_view value) = nullptr;
};
struct ChoiceField {
  std::string& (*get)(Config&);
  std::vector<absl::string_view> choices;
};
struct BoolField {
  bool& (*get)(Config&);
};
struct IntField {
  int64_t& (*get)(Config&);
  int64_t min;
  int64_t max;
};
// An integer that may be written with KiB, MiB or GiB behind it.
struct BytesField {
  int64_t& (*get)(Config&);
  int64_t min;
  int64_t max;
};
struct DurationField {
  absl::Duration& (*get)(Config&);
  absl::Duration min;
  absl::Duration max;
};
struct ListField {
  std::vector<std::string>& (*get)(Config&);
};
struct SecretField {
  Secret& (*get)(Config&);
};
using Field = std::variant<TextField, ChoiceField, BoolField, IntField,
                           BytesField, DurationField, ListField, SecretField>;

struct Key {
  absl::string_view name;     // Such as `mariadb.host`.
  absl::string_view meaning;  // Sentences for --print-config.
  Field field;
};

// All keys, those of one section together, in the order of printing.
const std::vector<Key>& Keys();

// The key of that name, or null.
const Key* FindKey(absl::string_view name);

// The environment variable of a key: `mariadb.host` is BERTH_MARIADB_HOST.
std::string EnvironmentName(absl::string_view key);

// The name of `names` that is closest to `name`, if a slip of the fingers
// explains the difference; otherwise empty.
std::string Nearest(absl::string_view name,
                    const std::vector<std::string>& names);

}  // namespace berth::config

#endif  // BERTH_SERVER_CONFIG_KEYS_H_
