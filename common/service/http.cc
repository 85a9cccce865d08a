#include "common/service/http.h"

#include <microhttpd.h>
#include <netdb.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <mutex>

#include "absl/cleanup/cleanup.h"
#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "common/service/health.h"
#include "common/service/metrics.h"

namespace berdaya::service {
namespace {

constexpr int kThreads = 2;
constexpr int kMaxConnections = 128;
constexpr unsigned kIdleTimeout_s = 10;
// Request line and headers of one connection; MHD answers 431 or 414 past it.
constexpr size_t kConnectionMemory_bytes = 16 << 10;

constexpr std::pair<const char*, const char*> kSecurityHeaders[] = {
    {"X-Content-Type-Options", "nosniff"},
    {"X-Frame-Options", "DENY"},
    {"Referrer-Policy", "no-referrer"},
    {"Cross-Origin-Resource-Policy", "same-origin"},
    {"Content-Security-Policy", "default-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"},
    {"Cache-Control", "no-store"},
};

absl::Status Refused(const std::string& listen, const std::string& why) {
  return absl::UnavailableError(absl::StrCat("http.listen ", listen, ": ", why, "; choose another address or stop what uses it"));
}

// A listening socket.
absl::StatusOr<int> Listen(const std::string& listen) {
  const size_t colon = listen.rfind(':');
  if (colon == std::string::npos)
    return absl::InvalidArgumentError(absl::StrCat("http.listen ", listen, ": not of the form HOST:PORT"));
  std::string host = listen.substr(0, colon);
  if (host.size() > 2 && host.front() == '[' && host.back() == ']') host = host.substr(1, host.size() - 2);
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_PASSIVE;
  addrinfo* found = nullptr;
  const int error = getaddrinfo(host.c_str(), listen.c_str() + colon + 1, &hints, &found);
  if (error != 0) return absl::InvalidArgumentError(absl::StrCat("http.listen ", listen, ": ", gai_strerror(error)));
  absl::Cleanup free_found = [found] { freeaddrinfo(found); };
  const int fd = socket(found->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (fd < 0) return Refused(listen, std::strerror(errno));
  const int one = 1;
  setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
  if (bind(fd, found->ai_addr, found->ai_addrlen) != 0 || ::listen(fd, kMaxConnections) != 0) {
    const std::string why = std::strerror(errno);
    close(fd);
    return Refused(listen, why);
  }
  return fd;
}

int PortOf(int fd) {
  sockaddr_storage address{};
  socklen_t size = sizeof address;
  char port[NI_MAXSERV] = "0";
  if (getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size) != 0) return 0;
  getnameinfo(reinterpret_cast<sockaddr*>(&address), size, nullptr, 0, port, sizeof port, NI_NUMERICSERV);
  return std::atoi(port);
}

MHD_Result Answer(MHD_Connection* connection, const HttpResponse& answer) {
  MHD_Response* response =
      MHD_create_response_from_buffer(answer.body.size(), const_cast<char*>(answer.body.data()), MHD_RESPMEM_MUST_COPY);
  if (response == nullptr) return MHD_NO;
  MHD_add_response_header(response, "Content-Type", answer.content_type.c_str());
  for (const auto& [name, value] : answer.headers) MHD_add_response_header(response, name.c_str(), value.c_str());
  for (const auto& [name, value] : kSecurityHeaders) {
    if (MHD_get_response_header(response, name) == nullptr) MHD_add_response_header(response, name, value);
  }
  const MHD_Result result = MHD_queue_response(connection, static_cast<unsigned>(answer.status), response);
  MHD_destroy_response(response);
  return result;
}

MHD_Result TakeArgument(void* query, MHD_ValueKind, const char* name, const char* value) {
  (*static_cast<std::map<std::string, std::string>*>(query))[name] = value == nullptr ? "" : value;
  return MHD_YES;
}

bool HasBody(MHD_Connection* connection) {
  const char* length = MHD_lookup_connection_value(connection, MHD_HEADER_KIND, "Content-Length");
  const char* encoding = MHD_lookup_connection_value(connection, MHD_HEADER_KIND, "Transfer-Encoding");
  return encoding != nullptr || (length != nullptr && std::strcmp(length, "0") != 0);
}

bool Covers(const std::string& prefix, const std::string& path) {
  if (!absl::StartsWith(path, prefix)) return false;
  return path.size() == prefix.size() || absl::EndsWith(prefix, "/") || path[prefix.size()] == '/';
}

}  // namespace

struct HttpServer::State {
  ~State() {
    if (daemon != nullptr) MHD_stop_daemon(daemon);
  }

  HttpHandler Find(const std::string& path) {
    std::lock_guard lock(mutex);
    const std::pair<const std::string, HttpHandler>* best = nullptr;
    for (const auto& entry : handlers) {
      if (Covers(entry.first, path) && (best == nullptr || entry.first.size() > best->first.size())) best = &entry;
    }
    return best == nullptr ? HttpHandler() : best->second;
  }

  HttpResponse Serve(const char* path, MHD_Connection* connection) {
    HttpRequest request{path, {}};
    MHD_get_connection_values(connection, MHD_GET_ARGUMENT_KIND, &TakeArgument, &request.query);
    const HttpHandler handler = Find(request.path);
    return handler ? handler(request) : HttpResponse{404, "text/plain; charset=utf-8", "no such page\n", {}};
  }

  // MHD calls this once with the headers, then again when the request is complete.
  static MHD_Result OnRequest(void* self, MHD_Connection* connection, const char* url, const char* method, const char*, const char*,
                              size_t* upload_size, void** seen) {
    static char kSeen;
    if (*seen == nullptr) {
      *seen = &kSeen;
      const bool get = std::strcmp(method, "GET") == 0 || std::strcmp(method, "HEAD") == 0;
      if (!get) return Answer(connection, {405, "text/plain; charset=utf-8", "only GET and HEAD\n", {{"Allow", "GET, HEAD"}}});
      if (HasBody(connection)) return Answer(connection, {413, "text/plain; charset=utf-8", "no body is taken\n", {}});
      return MHD_YES;
    }
    if (*upload_size != 0) return MHD_NO;
    return Answer(connection, static_cast<State*>(self)->Serve(url, connection));
  }

  std::mutex mutex;
  std::map<std::string, HttpHandler> handlers;
  std::string address;
  MHD_Daemon* daemon = nullptr;
};

HttpServer::HttpServer(std::unique_ptr<State> state) : state_(std::move(state)) {}
HttpServer::~HttpServer() = default;

absl::StatusOr<std::unique_ptr<HttpServer>> HttpServer::Start(const std::string& listen) {
  const absl::StatusOr<int> fd = Listen(listen);
  if (!fd.ok()) return fd.status();
  auto state = std::make_unique<State>();
  state->address = absl::StrCat(listen.substr(0, listen.rfind(':')), ":", PortOf(*fd));
  state->daemon = MHD_start_daemon(MHD_USE_AUTO | MHD_USE_INTERNAL_POLLING_THREAD, 0, nullptr, nullptr, &State::OnRequest,
                                   state.get(), MHD_OPTION_LISTEN_SOCKET, *fd, MHD_OPTION_THREAD_POOL_SIZE, kThreads,
                                   MHD_OPTION_CONNECTION_LIMIT, kMaxConnections, MHD_OPTION_CONNECTION_TIMEOUT, kIdleTimeout_s,
                                   MHD_OPTION_CONNECTION_MEMORY_LIMIT, kConnectionMemory_bytes, MHD_OPTION_END);
  if (state->daemon == nullptr) {
    close(*fd);
    return Refused(listen, "the HTTP listener did not start");
  }
  return std::unique_ptr<HttpServer>(new HttpServer(std::move(state)));
}

void HttpServer::Handle(std::string prefix, HttpHandler handler) {
  std::lock_guard lock(state_->mutex);
  state_->handlers[std::move(prefix)] = std::move(handler);
}

const std::string& HttpServer::address() const { return state_->address; }

void AddInternalPages(HttpServer& server, const Health& health, const Metrics& metrics) {
  const auto page = [](const std::vector<Finding>& findings) {
    return HttpResponse{findings.empty() ? 200 : 503, "application/json", JsonOf(findings), {}};
  };
  server.Handle("/healthz", [&health, page](const HttpRequest&) { return page(health.NotAlive()); });
  server.Handle("/readyz", [&health, page](const HttpRequest&) { return page(health.NotReady()); });
  server.Handle("/metrics", [&metrics](const HttpRequest&) {
    return HttpResponse{200, "text/plain; version=0.0.4; charset=utf-8", metrics.Text(), {}};
  });
}

}  // namespace berdaya::service
