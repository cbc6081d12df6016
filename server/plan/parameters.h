// Puts parameters to the placeholders of a text.
#ifndef BERTH_SERVER_PLAN_PARAMETERS_H_
#define BERTH_SERVER_PLAN_PARAMETERS_H_

#include <cstddef>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "berth/v1/value.pb.h"
#include "server/catalog/tokenizer.h"

namespace berth::plan {

using Values = google::protobuf::RepeatedPtrField<v1::Value>;

// Checks the parameters of a text, without regard to its placeholders.
// `field` is their path. Fails as CheckValue does.
absl::Status CheckParameters(const Values& parameters, absl::string_view field);

// Writes the placeholders of a text anew, one after the other, each with its
// parameter: Check, then Write for each, then CheckTotal.
//
// A list becomes as many placeholders as it has values, padded with its last
// value to a power of two, where that fits into a statement, so that few texts
// fill the statement cache; an empty list becomes a subselect without rows,
// with which IN is false and NOT IN is true.
class PlaceholderWriter {
 public:
  // `field` is the path of the parameters. All is borrowed; values are appended
  // to `bound`.
  PlaceholderWriter(const catalog::Tokens& tokens, const Values& parameters,
                    absl::string_view field,
                    std::vector<const v1::Value*>* bound);

  // Fails with INVALID_FIELD if the numbers of placeholders and parameters
  // differ, and as CheckValue does.
  absl::Status Check();

  // Appends what the next placeholder, the token at `i`, becomes. Fails with
  // INVALID_FIELD for a list that is not for the only placeholder of an
  // `IN (?)`.
  absl::Status Write(size_t i, std::string& sql);

  // Fails with LIMIT for more placeholders than MariaDB takes.
  absl::Status CheckTotal() const;

 private:
  const catalog::Tokens& tokens_;
  const Values& parameters_;
  const absl::string_view field_;
  std::vector<const v1::Value*>* const bound_;
  int next_ = 0;
  bool pad_ = false;
};

// Appends `text`, whose tokens are `tokens`, to `sql`, and one value for each
// of its placeholders to `bound`, as PlaceholderWriter does. `marks` are
// offsets in `text` and become offsets in `sql`. Fails as PlaceholderWriter.
absl::Status AppendWithParameters(absl::string_view text,
                                  const catalog::Tokens& tokens,
                                  const Values& parameters,
                                  absl::string_view field,
                                  absl::Span<size_t> marks, std::string& sql,
                                  std::vector<const v1::Value*>& bound);

}  // namespace berth::plan

#endif  // BERTH_SERVER_PLAN_PARAMETERS_H_
