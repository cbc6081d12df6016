#include "server/plan/stored_program.h"

#include <vector>

#include "absl/container/flat_hash_set.h"
#include "absl/strings/ascii.h"
#include "server/catalog/tokenizer.h"

namespace berth::plan {
namespace {

using absl::string_view;

// The words of statements that MariaDB lets into stored programs and that end a
// transaction, run others unseen, or raise errors of any number. BEGIN is not
// among them: within stored programs it begins a block.
bool IsSuspect(string_view word) {
  static const auto* const words = new absl::flat_hash_set<string_view>{
      "alter",     "analyze",   "autocommit", "backup",   "binlog",
      "cache",     "check",     "call",       "change",   "commit",
      "create",    "drop",      "exception",  "execute",  "flush",
      "grant",     "immediate", "install",    "kill",     "load",
      "lock",      "optimize",  "password",   "prepare",  "purge",
      "rename",    "repair",    "reset",      "resignal", "revoke",
      "role",      "signal",    "start",      "stop",     "truncate",
      "uninstall", "unlock",    "upgrade",    "xa"};
  return words->contains(word);
}

// Words in lower case, and every other sign that is no blank by itself.
std::vector<std::string> Split(string_view text) {
  std::vector<std::string> parts;
  bool in_word = false;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    const bool word =
        absl::ascii_isalnum(byte) || c == '_' || c == '$' || byte >= 0x80;
    if (word && in_word) {
      parts.back() += absl::ascii_tolower(byte);
    } else if (!absl::ascii_isspace(byte)) {
      parts.emplace_back(1, absl::ascii_tolower(byte));
    }
    in_word = word;
  }
  return parts;
}

}  // namespace

std::optional<ProcedureName> CalledProcedure(string_view statement) {
  using catalog::TokenKind;
  const auto tokens = catalog::Tokenize(statement, "sql");
  const auto is_name = [&](size_t i) {
    return i < tokens->size() && ((*tokens)[i].kind == TokenKind::kWord ||
                                  (*tokens)[i].kind == TokenKind::kQuotedName);
  };
  if (!tokens.ok() || tokens->empty() || !(*tokens)[0].Is("call") ||
      !is_name(1)) {
    return std::nullopt;
  }
  ProcedureName procedure;
  procedure.name = catalog::NameOf((*tokens)[1]);
  if (tokens->size() > 2 && (*tokens)[2].IsOperator(".")) {
    if (!is_name(3)) return std::nullopt;
    procedure.database = std::move(procedure.name);
    procedure.name = catalog::NameOf((*tokens)[3]);
  }
  return procedure;
}

bool MayEndTransaction(string_view body) {
  const std::vector<std::string> parts = Split(body);
  const auto part = [&parts](size_t i) {
    return i < parts.size() ? string_view(parts[i]) : string_view();
  };
  for (size_t i = 0; i < parts.size(); ++i) {
    if (IsSuspect(parts[i])) return true;
    if (parts[i] != "handler") continue;
    const bool harmless = part(i + 1) == "for" && part(i + 2) == "not" &&
                          part(i + 3) == "found" && part(i + 4) != ",";
    if (!harmless) return true;
  }
  return false;
}

}  // namespace berth::plan
