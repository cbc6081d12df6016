// Rules that no single key can check: settings that contradict each other.
#ifndef BERTH_SERVER_CONFIG_CHECK_H_
#define BERTH_SERVER_CONFIG_CHECK_H_

#include <map>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "server/config/config.h"

namespace berth::config {

// Where the value of a key comes from: `berthd.yaml:12` or `BERTH_LISTEN`. A
// key that has its default is not in it.
using Origins = std::map<std::string, std::string, std::less<>>;

// The problems of a configuration whose values are right each by itself.
std::vector<std::string> FindContradictions(const Config& config,
                                            const Origins& origins);

// "berthd.yaml:12: pool.max_size: text", or without a place for a default.
std::string Problem(absl::string_view key, absl::string_view text,
                    const Origins& origins);

}  // namespace berth::config

#endif  // BERTH_SERVER_CONFIG_CHECK_H_
