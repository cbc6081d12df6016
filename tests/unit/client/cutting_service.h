// A service that takes a request and dies without a word.
#ifndef BERTH_TESTS_UNIT_CLIENT_CUTTING_SERVICE_H_
#define BERTH_TESTS_UNIT_CLIENT_CUTTING_SERVICE_H_

#include <atomic>
#include <string>
#include <thread>

namespace berth::testing {

// Speaks just enough HTTP/2 to be connected to. Reads until the bytes `marker`
// have come in, which stand for a request, counts it and closes the
// connection. Then waits for the next connection.
class CuttingService {
 public:
  explicit CuttingService(std::string marker);
  ~CuttingService();

  std::string endpoint() const;

  // Requests that came in so far.
  std::atomic<int> requests{0};

 private:
  void Serve();
  void ServeConnection(int connection);

  const std::string marker_;
  int listener_ = -1;
  int port_ = 0;
  std::thread thread_;
};

}  // namespace berth::testing

#endif  // BERTH_TESTS_UNIT_CLIENT_CUTTING_SERVICE_H_
