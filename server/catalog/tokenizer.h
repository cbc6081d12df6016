// Splits SQL text that callers wrote into tokens, as MariaDB's lexer would,
// and refuses what Berth never lets through.
//
// A backslash escapes within quotes, as MariaDB has it without
// NO_BACKSLASH_ESCAPES. Where that matters (`clauses`, `strict`), texts with
// backslashes are refused.
#ifndef BERTH_SERVER_CATALOG_TOKENIZER_H_
#define BERTH_SERVER_CATALOG_TOKENIZER_H_

#include <cstddef>
#include <cstdint>
#include <string>

#include "absl/container/inlined_vector.h"
#include "absl/status/statusor.h"
#include "absl/strings/match.h"
#include "absl/strings/string_view.h"

namespace berth::catalog {

enum class TokenKind : uint8_t {
  kWord,         // a keyword or a plain name
  kQuotedName,   // `name`
  kString,       // 'text' or "text"
  kNumber,       // 12, 1.5e-3, 0xff
  kPlaceholder,  // ?
  kOpen,         // (
  kClose,        // )
  kComma,        // ,
  kOperator,     // := as one token, every other sign by itself
};

// One token; `text` points into the tokenised text.
struct Token {
  Token(TokenKind kind, absl::string_view text, size_t offset, int depth)
      : kind(kind), depth(depth), offset(offset), text(text) {}

  // Whether this is the unquoted word `lower`, in whatever case.
  bool Is(absl::string_view lower) const {
    return kind == TokenKind::kWord && absl::EqualsIgnoreCase(text, lower);
  }
  bool IsOperator(absl::string_view sign) const {
    return kind == TokenKind::kOperator && text == sign;
  }

  TokenKind kind;
  // The parentheses around the token; those of kOpen and kClose not counted.
  int depth;
  // Where the token begins, in bytes.
  size_t offset;
  absl::string_view text;
};

// Most fragments have fewer tokens and then need no heap.
using Tokens = absl::InlinedVector<Token, 24>;

// The tokens of `sql`, which must outlive them. Fails with INVALID_FIELD that
// names `field` and the position for a `;`, a comment of any form, a NUL byte,
// an unterminated quote, and parentheses that do not match.
absl::StatusOr<Tokens> Tokenize(absl::string_view sql, absl::string_view field);

// The name that a token means: without its back quotes if it has any.
std::string NameOf(const Token& token);

}  // namespace berth::catalog

#endif  // BERTH_SERVER_CATALOG_TOKENIZER_H_
