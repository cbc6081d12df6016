#include "tests/unit/client/cutting_service.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <utility>

namespace berth::testing {
namespace {

// An empty frame of the type SETTINGS: the server's side of a greeting.
constexpr char kSettings[] = {0, 0, 0, 4, 0, 0, 0, 0, 0};

}  // namespace

CuttingService::CuttingService(std::string marker)
    : marker_(std::move(marker)),
      listener_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  sockaddr_in address = {};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof(address);
  auto* generic = reinterpret_cast<sockaddr*>(&address);
  bind(listener_, generic, size);
  listen(listener_, 8);
  getsockname(listener_, generic, &size);
  port_ = ntohs(address.sin_port);
  thread_ = std::thread([this] { Serve(); });
}

CuttingService::~CuttingService() {
  shutdown(listener_, SHUT_RDWR);
  thread_.join();
  close(listener_);
}

std::string CuttingService::endpoint() const {
  return "127.0.0.1:" + std::to_string(port_);
}

void CuttingService::Serve() {
  while (true) {
    int connection = accept(listener_, nullptr, nullptr);
    if (connection < 0) return;
    ServeConnection(connection);
    close(connection);
  }
}

void CuttingService::ServeConnection(int connection) {
  send(connection, kSettings, sizeof(kSettings), MSG_NOSIGNAL);
  std::string received;
  char buffer[4096];
  while (received.find(marker_) == std::string::npos) {
    ssize_t size = read(connection, buffer, sizeof(buffer));
    if (size <= 0) return;
    received.append(buffer, size);
  }
  ++requests;
}

}  // namespace berth::testing
