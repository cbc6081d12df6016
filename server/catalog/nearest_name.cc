#include "server/catalog/nearest_name.h"

#include <algorithm>
#include <numeric>

#include "absl/strings/ascii.h"
#include "server/base/limits.h"

namespace berth::catalog {

size_t EditDistance(absl::string_view a, absl::string_view b) {
  // Row i holds the distances of the first i letters of `a`; a swap looks two
  // rows back (optimal string alignment).
  std::vector<size_t> two_back(b.size() + 1);
  std::vector<size_t> previous(b.size() + 1);
  std::vector<size_t> row(b.size() + 1);
  std::iota(previous.begin(), previous.end(), 0);
  const auto same = [&](size_t i, size_t j) {
    return absl::ascii_tolower(a[i - 1]) == absl::ascii_tolower(b[j - 1]);
  };
  for (size_t i = 1; i <= a.size(); ++i) {
    row[0] = i;
    for (size_t j = 1; j <= b.size(); ++j) {
      row[j] = std::min({previous[j] + 1, row[j - 1] + 1,
                         previous[j - 1] + (same(i, j) ? 0 : 1)});
      if (i > 1 && j > 1 && same(i, j - 1) && same(i - 1, j)) {
        row[j] = std::min(row[j], two_back[j - 2] + 1);
      }
    }
    two_back.swap(previous);
    previous.swap(row);
  }
  return previous[b.size()];
}

std::string NearestName(absl::string_view name,
                        const std::vector<absl::string_view>& known) {
  // No identifier is longer, and the distance costs the product of lengths.
  if (name.size() > limits::kIdentifierCharacters * 4) return std::string();
  size_t best = std::max<size_t>(1, name.size() / 3) + 1;
  absl::string_view nearest;
  for (absl::string_view candidate : known) {
    const size_t gap = candidate.size() > name.size()
                           ? candidate.size() - name.size()
                           : name.size() - candidate.size();
    if (gap >= best) continue;
    const size_t distance = EditDistance(name, candidate);
    if (distance < best) {
      best = distance;
      nearest = candidate;
    }
  }
  return std::string(nearest);
}

}  // namespace berth::catalog
