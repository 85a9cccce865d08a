// berdaya-probe http://HOST:PORT/PATH: exits 0 if the answer has status 200, else 1 with the reason. For the healthchecks of images
// that carry no other client. HOST is an IPv4 address; five seconds are all it waits.
#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <cstdio>
#include <cstring>
#include <string>
#include <string_view>

namespace {

constexpr int kTimeoutS = 5;

struct Target {
  sockaddr_in address{};
  std::string host_and_port;
  std::string path;
};

bool ParseTarget(std::string_view url, Target& target) {
  constexpr std::string_view kScheme = "http://";
  if (!url.starts_with(kScheme)) return false;
  url.remove_prefix(kScheme.size());
  const size_t slash = url.find('/');
  target.host_and_port = url.substr(0, slash);
  target.path = slash == std::string_view::npos ? "/" : url.substr(slash);
  const size_t colon = target.host_and_port.find(':');
  if (colon == std::string::npos) return false;
  const char* begin = target.host_and_port.data() + colon + 1;
  const char* end = target.host_and_port.data() + target.host_and_port.size();
  uint16_t port = 0;
  const auto [stop, error] = std::from_chars(begin, end, port);
  if (error != std::errc() || stop != end) return false;
  target.address.sin_family = AF_INET;
  target.address.sin_port = htons(port);
  return inet_pton(AF_INET, target.host_and_port.substr(0, colon).c_str(), &target.address.sin_addr) == 1;
}

int Fail(const char* what) {
  std::fprintf(stderr, "berdaya-probe: %s: %s\n", what, std::strerror(errno));
  return 1;
}

// Sends the request and returns what fits of the answer; empty on an error, with errno set.
std::string Ask(int fd, const Target& target) {
  const timeval timeout{.tv_sec = kTimeoutS, .tv_usec = 0};
  setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof timeout);
  setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &timeout, sizeof timeout);
  if (connect(fd, reinterpret_cast<const sockaddr*>(&target.address), sizeof target.address) != 0) return {};
  const std::string request = "GET " + target.path + " HTTP/1.1\r\nHost: " + target.host_and_port + "\r\nConnection: close\r\n\r\n";
  if (send(fd, request.data(), request.size(), MSG_NOSIGNAL) != static_cast<ssize_t>(request.size())) return {};
  std::string answer;
  char buffer[4096];
  ssize_t got = 0;
  while (answer.size() < sizeof buffer && (got = recv(fd, buffer, sizeof buffer, 0)) > 0) answer.append(buffer, got);
  return answer;
}

}  // namespace

int main(int argc, char** argv) {
  Target target;
  if (argc != 2 || !ParseTarget(argv[1], target)) {
    std::fprintf(stderr, "usage: berdaya-probe http://127.0.0.1:PORT/PATH\n");
    return 2;
  }
  const int fd = socket(AF_INET, SOCK_STREAM, 0);
  if (fd < 0) return Fail("socket");
  const std::string answer = Ask(fd, target);
  close(fd);
  if (answer.empty()) return Fail(argv[1]);
  const size_t line_end = answer.find("\r\n");
  const std::string_view line = std::string_view(answer).substr(0, line_end);
  if (line.starts_with("HTTP/1.1 200 ") || line.starts_with("HTTP/1.0 200 ")) return 0;
  // The body says what is not ready; `docker inspect` shows it.
  const size_t body = answer.find("\r\n\r\n");
  std::fprintf(stderr, "%.*s\n%s\n", static_cast<int>(line.size()), line.data(),
               body == std::string::npos ? "" : answer.c_str() + body + 4);
  return 1;
}
