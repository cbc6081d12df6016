// The version of this build.
#ifndef BERTH_SERVER_BASE_VERSION_H_
#define BERTH_SERVER_BASE_VERSION_H_

namespace berth {

// Semantic; the API has a version of its own in its package name.
inline constexpr char kVersion[] = "0.1.0";

}  // namespace berth

#endif  // BERTH_SERVER_BASE_VERSION_H_
