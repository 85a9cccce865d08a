#include "common/service/http.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <string>

#include "absl/strings/match.h"
#include "common/service/health.h"
#include "common/service/metrics.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace berdaya::service {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

// Sends raw bytes to 127.0.0.1:PORT and reads until the server closes.
std::string Exchange(const std::string& address, const std::string& bytes) {
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const timeval timeout{20, 0};
  setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof timeout);
  sockaddr_in to{};
  to.sin_family = AF_INET;
  to.sin_port = htons(static_cast<uint16_t>(std::stoi(address.substr(address.rfind(':') + 1))));
  to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  std::string answer;
  if (connect(fd, reinterpret_cast<sockaddr*>(&to), sizeof to) == 0) {
    (void)!send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    char buffer[4096];
    for (ssize_t n; (n = recv(fd, buffer, sizeof buffer, 0)) > 0;) answer.append(buffer, static_cast<size_t>(n));
  }
  close(fd);
  return answer;
}

std::string Request(const std::string& address, const std::string& method, const std::string& target) {
  return Exchange(address, method + " " + target + " HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
}

class HttpTest : public testing::Test {
 protected:
  HttpTest() {
    auto server = HttpServer::Start("127.0.0.1:0");
    EXPECT_TRUE(server.ok()) << server.status();
    server_ = *std::move(server);
    AddInternalPages(*server_, health_, metrics_);
  }

  std::string Get(const std::string& target) { return Request(server_->address(), "GET", target); }

  Health health_;
  Metrics metrics_;
  std::unique_ptr<HttpServer> server_;
};

TEST_F(HttpTest, ServesMetrics) {
  metrics_.Counter("berdaya_x_total", "X").Increment(5);
  const std::string answer = Get("/metrics");
  EXPECT_THAT(answer, StartsWith("HTTP/1.1 200"));
  EXPECT_THAT(answer, HasSubstr("berdaya_x_total 5\n"));
  EXPECT_THAT(answer, HasSubstr("Content-Type: text/plain; version=0.0.4"));
}

TEST_F(HttpTest, SecurityHeadersAreOnEveryAnswer) {
  for (const char* target : {"/metrics", "/nothing"}) {
    const std::string answer = Get(target);
    for (const char* header :
         {"X-Content-Type-Options: nosniff", "X-Frame-Options: DENY", "Content-Security-Policy: default-src 'self'",
          "Cache-Control: no-store", "Referrer-Policy: no-referrer"}) {
      EXPECT_THAT(answer, HasSubstr(header)) << target;
    }
  }
}

TEST_F(HttpTest, AliveOnlyWhileTheLoopBeats) {
  health_.AddHeartbeat("loop", absl::Hours(1)).Beat();
  EXPECT_THAT(Get("/healthz"), StartsWith("HTTP/1.1 200"));
  Heartbeat& stuck = health_.AddHeartbeat("relay", absl::Milliseconds(1));
  while (stuck.Check().ok()) {
  }
  const std::string answer = Get("/healthz");
  EXPECT_THAT(answer, StartsWith("HTTP/1.1 503"));
  EXPECT_THAT(answer, HasSubstr("{\"ok\":false,\"reasons\":[{\"check\":\"relay\",\"status\":{\"code\":\"DEADLINE_EXCEEDED\""));
  EXPECT_THAT(Get("/readyz"), StartsWith("HTTP/1.1 503"));
}

TEST_F(HttpTest, ReadyOnlyIfEveryCheckIs) {
  EXPECT_THAT(Get("/readyz"), StartsWith("HTTP/1.1 200"));
  absl::Status lag = absl::UnavailableError("50 records wait, at most 10 are allowed");
  health_.AddReadiness("migrated", [] { return absl::OkStatus(); });
  health_.AddReadiness("lag", [&lag] { return lag; });
  std::string answer = Get("/readyz");
  EXPECT_THAT(answer, StartsWith("HTTP/1.1 503"));
  EXPECT_THAT(answer,
              HasSubstr("{\"ok\":false,\"reasons\":[{\"check\":\"lag\",\"status\":{\"code\":\"UNAVAILABLE\",\"message\":\"50 "
                        "records wait, at most 10 are allowed\"}}]}"));
  lag = absl::OkStatus();
  EXPECT_THAT(Get("/readyz"), StartsWith("HTTP/1.1 200"));
  health_.Fail(absl::DataLossError("a gap in registry.facts.v1"));
  health_.Fail(absl::InternalError("a later failure"));
  answer = Get("/readyz");
  EXPECT_THAT(answer, HasSubstr("a gap in registry.facts.v1"));
  EXPECT_THAT(answer, Not(HasSubstr("a later failure")));
  EXPECT_THAT(Get("/healthz"), StartsWith("HTTP/1.1 200"));
}

TEST_F(HttpTest, ServicesAddPages) {
  server_->Handle("/page", [](const HttpRequest& request) {
    const auto month = request.query.find("month");
    return HttpResponse{200, "text/html", request.path + "|" + (month == request.query.end() ? "-" : month->second), {}};
  });
  server_->Handle("/page/special", [](const HttpRequest&) {
    return HttpResponse{200, "text/css", "special", {{"Cache-Control", "private"}}};
  });
  EXPECT_THAT(Get("/page?month=2020-02%20x&y"), testing::EndsWith("\r\n\r\n/page|2020-02 x"));
  EXPECT_THAT(Get("/page/a/b"), testing::EndsWith("\r\n\r\n/page/a/b|-"));
  EXPECT_THAT(Get("/pages"), StartsWith("HTTP/1.1 404"));
  const std::string special = Get("/page/special");
  EXPECT_THAT(special, testing::EndsWith("special"));
  EXPECT_THAT(special, HasSubstr("Cache-Control: private"));
  EXPECT_THAT(special, Not(HasSubstr("no-store")));
}

TEST_F(HttpTest, HeadHasNoBody) {
  const std::string answer = Request(server_->address(), "HEAD", "/metrics");
  EXPECT_THAT(answer, StartsWith("HTTP/1.1 200"));
  EXPECT_THAT(answer, testing::EndsWith("\r\n\r\n"));
}

TEST_F(HttpTest, OtherMethodsAndBodiesAreRefused) {
  for (const char* method : {"POST", "PUT", "DELETE", "OPTIONS", "TRACE"}) {
    const std::string answer = Request(server_->address(), method, "/metrics");
    EXPECT_THAT(answer, StartsWith("HTTP/1.1 405")) << method;
    EXPECT_THAT(answer, HasSubstr("Allow: GET, HEAD"));
  }
  EXPECT_THAT(Exchange(server_->address(), "GET /metrics HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhello"),
              StartsWith("HTTP/1.1 413"));
}

TEST_F(HttpTest, LongRequestsAreRefused) {
  const std::string line = Get("/" + std::string(64 << 10, 'a'));
  EXPECT_THAT(line, testing::ContainsRegex("^HTTP/1.1 4(14|31)"));
  const std::string header = "X-Long: " + std::string(64 << 10, 'a') + "\r\n";
  EXPECT_THAT(Exchange(server_->address(), "GET /metrics HTTP/1.1\r\nHost: x\r\n" + header + "\r\n"), StartsWith("HTTP/1.1 431"));
  EXPECT_THAT(Get("/healthz"), StartsWith("HTTP/1.1 200"));
}

TEST_F(HttpTest, ATakenOrWrongAddressIsNamed) {
  const auto taken = HttpServer::Start(server_->address());
  EXPECT_EQ(taken.status().code(), absl::StatusCode::kUnavailable);
  EXPECT_THAT(std::string(taken.status().message()), HasSubstr("http.listen " + server_->address() + ": Address already in use"));
  EXPECT_EQ(HttpServer::Start("no.such.host.invalid:0").status().code(), absl::StatusCode::kInvalidArgument);
}

}  // namespace
}  // namespace berdaya::service
