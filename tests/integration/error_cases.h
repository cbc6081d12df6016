// Requests that must fail, each with the error that tells why.
#ifndef BERTH_TESTS_INTEGRATION_ERROR_CASES_H_
#define BERTH_TESTS_INTEGRATION_ERROR_CASES_H_

#include <ostream>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "berth/v1/session.pb.h"

namespace berth::test {

// One request that must fail, and how.
struct ErrorCase {
  std::string name;
  v1::SessionRequest request;
  absl::StatusCode code;
  std::string reason;
  // What the message says.
  std::string says;
  // The path of the wrong field below the verb; empty: none is named.
  std::string field;
};

inline void PrintTo(const ErrorCase& wrong, std::ostream* out) {
  *out << wrong.name;
}

// All are about the tables `users`, `orders` and `größe` of errors_test. None
// may be retried, and none has done anything.
std::vector<ErrorCase> WrongNames();
std::vector<ErrorCase> WrongValues();
std::vector<ErrorCase> WrongFragments();

}  // namespace berth::test

#endif  // BERTH_TESTS_INTEGRATION_ERROR_CASES_H_
