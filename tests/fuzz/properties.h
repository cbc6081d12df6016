// What must hold for whatever text comes.
#ifndef BERTH_TESTS_FUZZ_PROPERTIES_H_
#define BERTH_TESTS_FUZZ_PROPERTIES_H_

#include <string>

#include "absl/strings/string_view.h"

namespace berth::fuzz {

// The tokeniser: tokens lie in the text one behind the other, nothing but
// blanks is between them, and parentheses match. What is wrong; empty: nothing.
std::string ProblemOfTokens(absl::string_view text);

// The levels of fragments: what `strict` takes `clauses` takes as well, and
// what `clauses` takes `raw` takes; what `strict` writes consists of known
// words, functions and columns, and reading it again writes the same. What is
// wrong; empty: nothing.
std::string ProblemOfFragment(absl::string_view text);

}  // namespace berth::fuzz

#endif  // BERTH_TESTS_FUZZ_PROPERTIES_H_
