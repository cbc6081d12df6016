// Fragments and expressions of the level `strict`.
#ifndef BERTH_SERVER_PLAN_STRICT_FRAGMENT_H_
#define BERTH_SERVER_PLAN_STRICT_FRAGMENT_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "berth/v1/query.pb.h"
#include "server/catalog/table.h"
#include "server/catalog/tokenizer.h"
#include "server/plan/fragment.h"

namespace berth::plan {

// Reads the fragment of `filter`, whose tokens are `tokens`, as
//
//   [ [WHERE] expression ] [ORDER BY expression [ASC | DESC], …]
//   [LIMIT count [, count | OFFSET count]]
//   [FOR UPDATE | LOCK IN SHARE MODE [NOWAIT | SKIP LOCKED]]
//
// and writes it anew into `fragment`. Fails with LIMIT for too long a text, and
// as StrictExpression and PlaceholderWriter do. `field` is the path of the
// filter.
absl::Status ReadStrictFragment(const v1::Filter& filter,
                                const catalog::Tokens& tokens,
                                const catalog::Table& table,
                                absl::string_view field, Fragment& fragment);

// Appends the expression of `filter`, written anew, to `sql`, and a value for
// each placeholder to `bound`. Fails likewise.
absl::Status AppendStrictExpression(const v1::Filter& filter,
                                    const catalog::Tokens& tokens,
                                    const catalog::Table& table,
                                    absl::string_view field, std::string& sql,
                                    std::vector<const v1::Value*>& bound);

}  // namespace berth::plan

#endif  // BERTH_SERVER_PLAN_STRICT_FRAGMENT_H_
