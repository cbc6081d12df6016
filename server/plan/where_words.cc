#include "server/plan/where_words.h"

#include <string>

#include "absl/container/flat_hash_set.h"
#include "absl/strings/ascii.h"

namespace berth::plan {
namespace {

using absl::string_view;
using WordSet = absl::flat_hash_set<string_view>;

// No word of the sets is longer.
constexpr size_t kLongest = 24;

bool Contains(const WordSet& words, string_view word) {
  return word.size() <= kLongest && words.contains(absl::AsciiStrToLower(word));
}

}  // namespace

bool IsStrictFunction(string_view name) {
  static const auto* const words = new WordSet{
      // Texts.
      "ascii", "char_length", "character_length", "concat", "concat_ws",
      "field", "find_in_set", "instr", "lcase", "left", "length", "locate",
      "lower", "ltrim", "mid", "octet_length", "reverse", "right", "rtrim",
      "strcmp", "substr", "substring", "substring_index", "trim", "ucase",
      "upper",
      // Numbers.
      "abs", "ceil", "ceiling", "floor", "mod", "pow", "power", "round", "sign",
      "sqrt", "truncate",
      // Choices.
      "coalesce", "greatest", "if", "ifnull", "isnull", "least", "nullif",
      // Dates and times.
      "curdate", "current_date", "current_time", "current_timestamp", "curtime",
      "date", "datediff", "day", "dayofmonth", "dayofweek", "dayofyear",
      "from_unixtime", "hour", "last_day", "microsecond", "minute", "month",
      "now", "quarter", "second", "time", "timediff", "to_days",
      "unix_timestamp", "utc_date", "utc_time", "utc_timestamp", "week",
      "weekday", "year",
      // JSON.
      "json_extract", "json_unquote", "json_value"};
  return Contains(*words, name);
}

bool IsBareFunction(string_view name) {
  static const auto* const words =
      new WordSet{"current_date", "current_time", "current_timestamp",
                  "utc_date",     "utc_time",     "utc_timestamp"};
  return Contains(*words, name);
}

bool MayPrecedeParenthesis(string_view word) {
  static const auto* const words = new WordSet{
      // Words that are no functions, types in CAST among them.
      "against", "all", "and", "any", "as", "between", "binary", "by", "case",
      "char", "datetime", "dec", "decimal", "distinct", "distinctrow", "div",
      "double", "else", "except", "exists", "float", "from", "having", "ignore",
      "in", "index", "interval", "is", "join", "key", "like", "match", "nchar",
      "not", "offset", "on", "or", "over", "partition", "range", "regexp",
      "rlike", "row", "rows", "select", "separator", "some", "straight_join",
      "then", "using", "varbinary", "varchar", "when", "where", "xor",
      // Texts.
      "bin", "bit_length", "chr", "charset", "coercibility", "collation",
      "conv", "crc32", "crc32c", "elt", "export_set", "format", "from_base64",
      "hex", "insert", "lengthb", "lpad", "make_set", "md5", "natural_sort_key",
      "oct", "ord", "position", "quote", "regexp_instr", "regexp_replace",
      "regexp_substr", "repeat", "replace", "rpad", "sformat", "sha", "sha1",
      "sha2", "soundex", "space", "to_base64", "to_char", "unhex",
      "weight_string",
      // Numbers.
      "acos", "asin", "atan", "atan2", "bit_count", "cos", "cot", "degrees",
      "exp", "ln", "log", "log10", "log2", "pi", "radians", "rand", "sin",
      "tan",
      // Choices and types.
      "cast", "convert", "default", "nvl", "nvl2", "value", "values",
      // Dates and times.
      "add_months", "adddate", "addtime", "convert_tz", "date_add",
      "date_format", "date_sub", "dayname", "extract", "from_days",
      "get_format", "localtime", "localtimestamp", "makedate", "maketime",
      "monthname", "period_add", "period_diff", "sec_to_time", "str_to_date",
      "subdate", "subtime", "sysdate", "time_format", "time_to_sec",
      "timestamp", "timestampadd", "timestampdiff", "to_seconds", "weekofyear",
      "yearweek",
      // Aggregates and windows.
      "avg", "bit_and", "bit_or", "bit_xor", "count", "cume_dist", "dense_rank",
      "first_value", "group_concat", "json_arrayagg", "json_objectagg", "lag",
      "last_value", "lead", "max", "median", "min", "nth_value", "ntile",
      "percent_rank", "percentile_cont", "percentile_disc", "rank",
      "row_number", "std", "stddev", "stddev_pop", "stddev_samp", "sum",
      "var_pop", "var_samp", "variance",
      // JSON.
      "json_array", "json_array_append", "json_array_insert", "json_compact",
      "json_contains", "json_contains_path", "json_depth", "json_detailed",
      "json_equals", "json_exists", "json_insert", "json_keys", "json_length",
      "json_loose", "json_merge", "json_merge_patch", "json_merge_preserve",
      "json_normalize", "json_object", "json_overlaps", "json_pretty",
      "json_query", "json_quote", "json_remove", "json_replace", "json_search",
      "json_set", "json_table", "json_type", "json_valid",
      // Addresses.
      "inet6_aton", "inet6_ntoa", "inet_aton", "inet_ntoa", "is_ipv4",
      "is_ipv4_compat", "is_ipv4_mapped", "is_ipv6",
      // Places.
      "st_contains", "st_crosses", "st_disjoint", "st_distance",
      "st_distance_sphere", "st_equals", "st_geomfromtext", "st_geomfromwkb",
      "st_intersects", "st_overlaps", "st_touches", "st_within", "st_x", "st_y",
      "point"};
  return IsStrictFunction(word) || Contains(*words, word);
}

bool IsWordBeyondStrict(string_view word) {
  static const auto* const words = new WordSet{
      "against",       "all",    "any",       "as",        "binary",
      "collate",       "cross",  "default",   "distinct",  "except",
      "exists",        "fetch",  "force",     "group",     "having",
      "ignore",        "inner",  "intersect", "interval",  "into",
      "join",          "left",   "match",     "natural",   "next",
      "offset",        "on",     "over",      "partition", "previous",
      "procedure",     "regexp", "returning", "right",     "rlike",
      "row",           "rows",   "select",    "some",      "sounds",
      "straight_join", "table",  "union",     "use",       "using",
      "values",        "wait",   "window",    "with"};
  return Contains(*words, word);
}

}  // namespace berth::plan
