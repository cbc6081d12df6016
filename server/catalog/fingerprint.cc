#include "server/catalog/fingerprint.h"

#include <openssl/sha.h>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"

namespace berth::catalog {
namespace {

// With its length before it no text can run into the next.
void AppendPart(std::string& to, absl::string_view part) {
  absl::StrAppend(&to, part.size(), ":", part);
}

}  // namespace

std::string Sha256Hex(absl::string_view text) {
  unsigned char digest[SHA256_DIGEST_LENGTH];
  SHA256(reinterpret_cast<const unsigned char*>(text.data()), text.size(),
         digest);
  return absl::BytesToHexString(
      absl::string_view(reinterpret_cast<const char*>(digest), sizeof(digest)));
}

std::string Fingerprint(const v1::TableDefinition& definition) {
  // Not the serialised message: protobuf does not promise its bytes.
  std::string text;
  AppendPart(text, definition.name());
  for (const v1::TableElement& element : definition.elements()) {
    AppendPart(text, element.name());
    AppendPart(text, element.definition());
  }
  return Sha256Hex(text);
}

}  // namespace berth::catalog
