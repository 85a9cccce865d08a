#include "common/store/postgres_proxy_testing.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdlib>
#include <string_view>

namespace berdaya::store {
namespace {

constexpr int kLookAgainMs = 20;  // at stop_

sockaddr_in Loopback(int port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

bool IsReadable(int fd, int wait_ms) {
  pollfd descriptor{fd, POLLIN, 0};
  return poll(&descriptor, 1, wait_ms) > 0;
}

// Passes on what can be read. False at the end.
bool PassOn(int from, int to, std::string& said) {
  char buffer[65536];
  const ssize_t bytes = recv(from, buffer, sizeof(buffer), 0);
  if (bytes <= 0) return false;
  said.assign(buffer, static_cast<size_t>(bytes));
  return to < 0 || send(to, buffer, static_cast<size_t>(bytes), MSG_NOSIGNAL) == bytes;
}

}  // namespace

PostgresProxy::PostgresProxy(int server_port) : server_port_(server_port) {
  listener_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address = Loopback(0);
  socklen_t size = sizeof(address);
  if (bind(listener_, reinterpret_cast<sockaddr*>(&address), size) != 0 || listen(listener_, 16) != 0 ||
      getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size) != 0) {
    abort();
  }
  port_ = ntohs(address.sin_port);
  acceptor_ = std::thread([this] { Accept(); });
}

PostgresProxy::~PostgresProxy() {
  stop_ = true;
  acceptor_.join();
  for (std::thread& connection : connections_) connection.join();
  close(listener_);
}

void PostgresProxy::FailAt(const std::string& word, Fault fault) {
  word_ = word;
  fault_ = fault;
}

void PostgresProxy::Accept() {
  while (!stop_) {
    if (!IsReadable(listener_, kLookAgainMs)) continue;
    const int client = accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    const int server = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const sockaddr_in address = Loopback(server_port_);
    if (refuse_ || connect(server, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) != 0) {
      close(client);
      close(server);
      continue;
    }
    connections_.emplace_back([this, client, server] {
      Pass(client, server);
      close(client);
      close(server);
    });
  }
}

void PostgresProxy::Pass(int client, int server) {
  std::string said;
  while (!stop_) {
    pollfd both[] = {{client, POLLIN, 0}, {server, POLLIN, 0}};
    if (poll(both, 2, kLookAgainMs) <= 0) continue;
    if (both[1].revents != 0 && !PassOn(server, client, said)) return;
    if (both[0].revents == 0) continue;
    const Fault fault = fault_;
    if (fault == Fault::kNone) {
      if (!PassOn(client, server, said)) return;
      continue;
    }
    if (!PassOn(client, -1, said)) return;
    const bool hit = said.find(word_) != std::string::npos;
    if (hit) fault_ = Fault::kNone;
    if (hit && fault == Fault::kCutBefore) return;
    if (send(server, said.data(), said.size(), MSG_NOSIGNAL) < 0) return;
    if (!hit) continue;
    while (!stop_ && !IsReadable(server, kLookAgainMs)) {
    }
    while (fault == Fault::kSilence && !stop_) IsReadable(-1, kLookAgainMs);
    return;
  }
}

}  // namespace berdaya::store
