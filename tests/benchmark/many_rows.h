// What the workloads of many rows share: the rows, and what a program tells of
// its run.
#ifndef BERTH_TESTS_BENCHMARK_MANY_ROWS_H_
#define BERTH_TESTS_BENCHMARK_MANY_ROWS_H_

#include <sys/resource.h>

#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <string_view>

namespace berth::benchmark {

// The rows that the bulk inserts store, in the shape of sbtest: the id, a
// number, 120 characters that begin with the id, and 60 characters.
class MadeRow {
 public:
  MadeRow() {
    std::memset(c_, 'c', sizeof c_);
    std::memset(pad_, 'p', sizeof pad_);
  }

  void Set(int32_t id) {
    id_ = id;
    for (int i = 9; i >= 0; --i, id /= 10) {
      c_[i] = static_cast<char>('0' + id % 10);
    }
  }

  int32_t id() const { return id_; }
  int32_t k() const { return static_cast<int32_t>(id_ * 7919LL % 1'000'003); }
  std::string_view c() const { return {c_, sizeof c_}; }
  std::string_view pad() const { return {pad_, sizeof pad_}; }

 private:
  int32_t id_ = 0;
  char c_[120];
  char pad_[60];
};

// Measures from its making on.
class ManyRows {
 public:
  // Notes a row that was read, all of its values.
  void Read(int64_t id, int64_t k, std::string_view c, std::string_view pad) {
    ++rows_;
    sum_ += static_cast<uint64_t>(id) * 31 + static_cast<uint64_t>(k) * 7 +
            c.size() + pad.size() +
            static_cast<unsigned char>(c.empty() ? 0 : c.back());
  }
  void Wrote(int64_t rows) { rows_ += rows; }

  // Prints a line of JSON: rows, seconds, the CPU seconds of this process, and
  // a sum over what was read.
  void Print() const {
    const auto taken = std::chrono::steady_clock::now() - started_;
    std::printf(
        "{\"rows\": %lld, \"seconds\": %.6f, \"cpu\": %.6f, \"sum\": %llu}\n",
        static_cast<long long>(rows_),
        std::chrono::duration<double>(taken).count(), CpuSeconds() - cpu_,
        static_cast<unsigned long long>(sum_));
  }

 private:
  static double CpuSeconds() {
    rusage usage{};
    getrusage(RUSAGE_SELF, &usage);
    const auto seconds = [](const timeval& time) {
      return static_cast<double>(time.tv_sec) +
             static_cast<double>(time.tv_usec) / 1e6;
    };
    return seconds(usage.ru_utime) + seconds(usage.ru_stime);
  }

  const std::chrono::steady_clock::time_point started_ =
      std::chrono::steady_clock::now();
  const double cpu_ = CpuSeconds();
  int64_t rows_ = 0;
  uint64_t sum_ = 0;
};

}  // namespace berth::benchmark

#endif  // BERTH_TESTS_BENCHMARK_MANY_ROWS_H_
