// The internal HTTP listener: health pages, figures, and the pages that a service adds.
//
// GET and HEAD only, small requests without a body, security headers on every answer. Handlers run on the listener's two threads,
// so they must be quick; Handle may be called at any time from any thread.
#ifndef BERDAYA_COMMON_SERVICE_HTTP_H_
#define BERDAYA_COMMON_SERVICE_HTTP_H_

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"

namespace berdaya::service {

class Health;
class Metrics;

struct HttpRequest {
  std::string path;                          // decoded, without the query
  std::map<std::string, std::string> query;  // decoded; of a name given twice the last
};

struct HttpResponse {
  int status = 200;
  std::string content_type = "text/plain; charset=utf-8";
  std::string body;
  std::vector<std::pair<std::string, std::string>> headers;  // more headers; they win over the security headers of the same name
};

using HttpHandler = std::function<HttpResponse(const HttpRequest&)>;

class HttpServer {
 public:
  // Listens on HOST:PORT; port 0 lets the system choose. InvalidArgument: no such address; Unavailable: it is taken or not allowed.
  static absl::StatusOr<std::unique_ptr<HttpServer>> Start(const std::string& listen);

  // Stops listening and waits for the handlers that run.
  ~HttpServer();

  // Answers GET and HEAD of `prefix` and everything below it ("/page" takes /page and /page/x, not /pages). The longest prefix
  // wins.
  void Handle(std::string prefix, HttpHandler handler);

  // The address that it listens on, with the real port.
  const std::string& address() const;

 private:
  struct State;
  explicit HttpServer(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

// /healthz (200 while every heartbeat is within its bound), /readyz (200 while ready) with JSON that says why not, /metrics.
void AddInternalPages(HttpServer& server, const Health& health, const Metrics& metrics);

}  // namespace berdaya::service

#endif  // BERDAYA_COMMON_SERVICE_HTTP_H_
