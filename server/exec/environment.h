// What running a request needs of the process.
#ifndef BERTH_SERVER_EXEC_ENVIRONMENT_H_
#define BERTH_SERVER_EXEC_ENVIRONMENT_H_

#include <cstddef>
#include <cstdint>

#include "server/base/limits.h"
#include "server/catalog/registry.h"
#include "server/exec/databases.h"
#include "server/exec/killer.h"
#include "server/pool/pool.h"

namespace berth::exec {

// Borrowed from the composition root, which outlives every call.
struct Environment {
  Environment() = default;

  pool::Pool* pool = nullptr;
  catalog::Registry* registry = nullptr;
  Databases* databases = nullptr;
  Killer* killer = nullptr;
  uint64_t unary_rows = limits::kUnaryRows;
  size_t unary_bytes = limits::kUnaryBytes;
};

}  // namespace berth::exec

#endif  // BERTH_SERVER_EXEC_ENVIRONMENT_H_
