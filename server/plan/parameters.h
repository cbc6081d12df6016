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

// Appends `text`, whose tokens are `tokens`, to `sql`, and one value for each
// of its placeholders to `bound`.
//
// A list becomes as many placeholders as it has values, padded with its last
// value to a power of two, where that fits into a statement, so that few texts
// fill the statement cache; an empty list becomes a subselect without rows,
// with which IN is false and NOT IN is true. `marks` are offsets in `text` and
// become offsets in `sql`.
//
// Fails with INVALID_FIELD if the numbers of placeholders and parameters
// differ, or a list is not for the only placeholder of an `IN (?)`; with LIMIT
// if there are more placeholders than MariaDB takes; and as CheckValue does.
absl::Status AppendWithParameters(absl::string_view text,
                                  const catalog::Tokens& tokens,
                                  const Values& parameters,
                                  absl::string_view field,
                                  absl::Span<size_t> marks, std::string& sql,
                                  std::vector<const v1::Value*>& bound);

}  // namespace berth::plan

#endif  // BERTH_SERVER_PLAN_PARAMETERS_H_
