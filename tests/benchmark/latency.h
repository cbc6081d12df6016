// Latencies of one measurement, and the JSON line that the suite reads.
#ifndef BERTH_TESTS_BENCHMARK_LATENCY_H_
#define BERTH_TESTS_BENCHMARK_LATENCY_H_

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <string>
#include <vector>

namespace berth::benchmark {

using Clock = std::chrono::steady_clock;

// Collects what happened between the end of the warm-up and the end.
class Measurement {
 public:
  Measurement(double warmup, double seconds)
      : begin_(Clock::now() + ToDuration(warmup)),
        end_(begin_ + ToDuration(seconds)),
        seconds_(seconds) {
    latencies_.reserve(1 << 20);
  }

  bool Over(Clock::time_point now) const { return now >= end_; }
  Clock::time_point end() const { return end_; }

  void Add(Clock::time_point started, Clock::time_point now) {
    ++total_;
    if (now < begin_ || now >= end_) return;
    latencies_.push_back(
        std::chrono::duration<float, std::micro>(now - started).count());
  }
  // Counts a failure; the first one is told.
  void AddError(const std::string& error) {
    if (errors_++ == 0) first_error_ = error;
  }

  // Prints one line. `total` counts the warm-up too: what the service's CPU
  // time is divided by.
  void Print() {
    std::printf(
        "{\"ops_per_second\": %.1f, \"p50_us\": %.1f, \"p99_us\": %.1f, "
        "\"max_us\": %.1f, \"operations\": %zu, \"total\": %llu, "
        "\"errors\": %llu, \"first_error\": \"%s\"}\n",
        latencies_.size() / seconds_, Percentile(0.5), Percentile(0.99),
        Percentile(1), latencies_.size(),
        static_cast<unsigned long long>(total_),
        static_cast<unsigned long long>(errors_), Escaped().c_str());
  }

 private:
  static Clock::duration ToDuration(double seconds) {
    return std::chrono::duration_cast<Clock::duration>(
        std::chrono::duration<double>(seconds));
  }

  double Percentile(double part) {
    if (latencies_.empty()) return 0;
    const size_t at = std::min(latencies_.size() - 1,
                               static_cast<size_t>(part * latencies_.size()));
    std::nth_element(latencies_.begin(), latencies_.begin() + at,
                     latencies_.end());
    return latencies_[at];
  }

  std::string Escaped() const {
    std::string out;
    for (const char c : first_error_) {
      if (c == '"' || c == '\\') out += '\\';
      out += static_cast<unsigned char>(c) < 0x20 ? ' ' : c;
    }
    return out;
  }

  const Clock::time_point begin_;
  const Clock::time_point end_;
  const double seconds_;
  std::vector<float> latencies_;
  uint64_t total_ = 0;
  uint64_t errors_ = 0;
  std::string first_error_;
};

}  // namespace berth::benchmark

#endif  // BERTH_TESTS_BENCHMARK_LATENCY_H_
