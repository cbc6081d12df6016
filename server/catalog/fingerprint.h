// Whether two declarations of a table are the same text.
#ifndef BERTH_SERVER_CATALOG_FINGERPRINT_H_
#define BERTH_SERVER_CATALOG_FINGERPRINT_H_

#include <string>

#include "absl/strings/string_view.h"
#include "berth/v1/schema.pb.h"

namespace berth::catalog {

// The SHA-256 of `text` in 64 hexadecimal digits.
std::string Sha256Hex(absl::string_view text);

// The fingerprint of a declaration: equal for the same name and the same
// elements in the same order, on every platform and version.
std::string Fingerprint(const v1::TableDefinition& definition);

}  // namespace berth::catalog

#endif  // BERTH_SERVER_CATALOG_FINGERPRINT_H_
