#include "server/program/statement_check.h"

#include <algorithm>
#include <string>

#include "absl/container/flat_hash_set.h"
#include "absl/strings/ascii.h"
#include "absl/strings/strip.h"

namespace berth::program {
namespace {

using absl::string_view;
using WordSet = absl::flat_hash_set<string_view>;

bool IsWordByte(char c) {
  return absl::ascii_isalnum(static_cast<unsigned char>(c)) || c == '_';
}

// The words of a statement in lower case, without its comments and signs. The
// inside of a comment that MariaDB executes is read as the statement.
class Words {
 public:
  explicit Words(string_view sql) : rest_(sql) {}

  // Empty at the end.
  std::string Next() {
    Skip();
    const auto end = std::find_if_not(rest_.begin(), rest_.end(), IsWordByte);
    const size_t size = static_cast<size_t>(end - rest_.begin());
    std::string word = absl::AsciiStrToLower(rest_.substr(0, size));
    rest_.remove_prefix(size);
    return word;
  }

  // What has not been read.
  string_view rest() const { return rest_; }

 private:
  void SkipThrough(string_view mark) {
    const size_t found = rest_.find(mark);
    rest_.remove_prefix(found == string_view::npos ? rest_.size()
                                                   : found + mark.size());
  }

  // Skips what is no word.
  void Skip() {
    while (!rest_.empty() && !IsWordByte(rest_.front())) {
      if (absl::ConsumePrefix(&rest_, "/*!") ||
          absl::ConsumePrefix(&rest_, "/*M!")) {
        while (!rest_.empty() &&
               absl::ascii_isdigit(static_cast<unsigned char>(rest_[0]))) {
          rest_.remove_prefix(1);
        }
      } else if (absl::ConsumePrefix(&rest_, "/*")) {
        SkipThrough("*/");
      } else if (rest_.front() == '#' || IsDashComment()) {
        SkipThrough("\n");
      } else {
        rest_.remove_prefix(1);
      }
    }
  }

  bool IsDashComment() const {
    return absl::StartsWith(rest_, "--") &&
           (rest_.size() == 2 ||
            !absl::ascii_isgraph(static_cast<unsigned char>(rest_[2])));
  }

  string_view rest_;
};

// CREATE and DROP of a temporary table commit nothing.
bool IsTemporary(Words words) {
  std::string word = words.Next();
  if (word == "or" && words.Next() == "replace") word = words.Next();
  return word == "temporary";
}

// ROLLBACK [WORK] TO.
bool IsToSavepoint(Words words) {
  std::string word = words.Next();
  if (word == "work") word = words.Next();
  return word == "to";
}

// SET of autocommit, of a password or a role, or SET STATEMENT … FOR a
// statement that ends the transaction.
bool SetEndsTransaction(Words words) {
  std::string word = words.Next();
  if (word == "password" || word == "default") return true;
  const bool statement = word == "statement";
  for (; !word.empty(); word = words.Next()) {
    if (word == "autocommit") return true;
    if (statement && word == "for") return EndsTransaction(words.rest());
  }
  return false;
}

}  // namespace

// https://mariadb.com/kb/en/sql-statements-that-cause-an-implicit-commit/
bool EndsTransaction(string_view sql) {
  static const auto* const enders = new WordSet{
      "alter",    "backup",    "begin",  "cache",   "change", "check",
      "commit",   "flush",     "grant",  "install", "lock",   "optimize",
      "rename",   "repair",    "reset",  "revoke",  "start",  "stop",
      "truncate", "uninstall", "unlock", "xa"};
  Words words(sql);
  const std::string first = words.Next();
  if (enders->contains(first)) return true;
  if (first == "create" || first == "drop") return !IsTemporary(words);
  if (first == "rollback") return !IsToSavepoint(words);
  if (first == "set") return SetEndsTransaction(words);
  if (first == "analyze") {
    const std::string second = words.Next();
    return second == "table" || second == "local" ||
           second == "no_write_to_binlog";
  }
  // LOAD INDEX INTO CACHE.
  return first == "load" && words.Next() == "index";
}

}  // namespace berth::program
