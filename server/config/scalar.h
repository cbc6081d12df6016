// How values of settings are written, in YAML as in the environment.
#ifndef BERTH_SERVER_CONFIG_SCALAR_H_
#define BERTH_SERVER_CONFIG_SCALAR_H_

#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "server/config/keys.h"

namespace berth::config {

// `10m`, `2s`, `500ms`, `7d`: in the largest unit that leaves no fraction.
std::string DurationText(absl::Duration duration);
// `3MiB`, `64KiB`, `1000`.
std::string BytesText(int64_t bytes);

// Sets the field of `config` from its written form. Lists are divided by
// commas. The error says what is wrong with the value, without its key:
// "must be a duration such as 500ms, 2s or 10m, not `ten`".
absl::Status SetField(const Field& field, absl::string_view text,
                      Config& config);

}  // namespace berth::config

#endif  // BERTH_SERVER_CONFIG_SCALAR_H_
