// Which known name somebody who mistyped may have meant.
#ifndef BERTH_SERVER_CATALOG_NEAREST_NAME_H_
#define BERTH_SERVER_CATALOG_NEAREST_NAME_H_

#include <cstddef>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"

namespace berth::catalog {

// The least number of letters to insert, delete, replace or swap with the next
// one to make `a` into `b`, ASCII letters of either case being equal.
size_t EditDistance(absl::string_view a, absl::string_view b);

// The name nearest to `name`, the first of equally near ones; empty if all are
// further than a third of its length (at least 1).
std::string NearestName(absl::string_view name,
                        const std::vector<absl::string_view>& known);

}  // namespace berth::catalog

#endif  // BERTH_SERVER_CATALOG_NEAREST_NAME_H_
