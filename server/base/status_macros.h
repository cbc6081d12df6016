// Macros that return early on an error, for plain functions and coroutines.
//
// Stand-ins for the macros that later versions of abseil and its relatives
// have; they expand to a named local and an `if`, never to `?:` or braces
// around a co_await, which g++ 12 miscompiles.
#ifndef BERTH_SERVER_BASE_STATUS_MACROS_H_
#define BERTH_SERVER_BASE_STATUS_MACROS_H_

#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

#define BERTH_MACRO_CONCAT_INNER(a, b) a##b
#define BERTH_MACRO_CONCAT(a, b) BERTH_MACRO_CONCAT_INNER(a, b)

// Returns the status of `expr` from the function unless it is OK.
#define RETURN_IF_ERROR(expr)           \
  do {                                  \
    absl::Status berth_status = (expr); \
    if (!berth_status.ok()) {           \
      return berth_status;              \
    }                                   \
  } while (false)

// Assigns the value of the StatusOr `expr` to `lhs`, or returns its status.
#define ASSIGN_OR_RETURN(lhs, expr) \
  ASSIGN_OR_RETURN_IMPL(BERTH_MACRO_CONCAT(berth_or_, __LINE__), lhs, expr)
#define ASSIGN_OR_RETURN_IMPL(tmp, lhs, expr) \
  auto tmp = (expr);                          \
  if (!tmp.ok()) {                            \
    return std::move(tmp).status();           \
  }                                           \
  lhs = std::move(tmp).value()

// The same for coroutines; `expr` may contain a co_await.
#define CO_RETURN_IF_ERROR(expr)        \
  do {                                  \
    absl::Status berth_status = (expr); \
    if (!berth_status.ok()) {           \
      co_return berth_status;           \
    }                                   \
  } while (false)

#define CO_ASSIGN_OR_RETURN(lhs, expr) \
  CO_ASSIGN_OR_RETURN_IMPL(BERTH_MACRO_CONCAT(berth_or_, __LINE__), lhs, expr)
#define CO_ASSIGN_OR_RETURN_IMPL(tmp, lhs, expr) \
  auto tmp = (expr);                             \
  if (!tmp.ok()) {                               \
    co_return std::move(tmp).status();           \
  }                                              \
  lhs = std::move(tmp).value()

#endif  // BERTH_SERVER_BASE_STATUS_MACROS_H_
