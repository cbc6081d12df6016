#include "server/base/secret.h"

#include <string.h>

#include <cstddef>
#include <utility>

namespace berth {

Secret::Secret(absl::string_view text) {
  if (text.empty()) {
    return;
  }
  text_.reserve(text.size() + 1);  // Once: growth would leave copies behind.
  text_.assign(text.begin(), text.end());
  text_.push_back('\0');
}

Secret::~Secret() { Wipe(); }

Secret& Secret::operator=(const Secret& other) {
  if (this != &other) {
    Secret copy(other);
    *this = std::move(copy);
  }
  return *this;
}

Secret& Secret::operator=(Secret&& other) noexcept {
  if (this != &other) {
    Wipe();
    text_ = std::move(other.text_);
    other.text_.clear();
  }
  return *this;
}

absl::string_view Secret::Reveal() const {
  return text_.empty() ? absl::string_view()
                       : absl::string_view(text_.data(), text_.size() - 1);
}

const char* Secret::RevealCString() const {
  return text_.empty() ? "" : text_.data();
}

bool operator==(const Secret& a, const Secret& b) {
  if (a.text_.size() != b.text_.size()) {
    return false;
  }
  unsigned char difference = 0;
  for (size_t i = 0; i < a.text_.size(); ++i) {
    difference |= static_cast<unsigned char>(a.text_[i] ^ b.text_[i]);
  }
  return difference == 0;
}

void Secret::Wipe() {
  if (!text_.empty()) {
    explicit_bzero(text_.data(), text_.size());
  }
}

}  // namespace berth
