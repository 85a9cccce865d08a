// Who calls, and how that is found out.
#ifndef BERDAYA_COMMON_SERVICE_CALLER_H_
#define BERDAYA_COMMON_SERVICE_CALLER_H_

#include <algorithm>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"

namespace grpc {
class ServerContextBase;
}

namespace berdaya::service {

// The one who calls. Every read and every command passes a check of `region`.
struct Caller {
  std::string principal;           // for the record of who did what: 1 to 64 characters of [A-Za-z0-9._:@/-]
  std::vector<std::string> roles;  // each 1 to 64 characters of the same
  int64_t region = 0;              // Kemendagri code of ten digits filled with zeros on the right; 0 is the nation

  bool HasRole(std::string_view role) const { return std::find(roles.begin(), roles.end(), role) != roles.end(); }
};

// Finds the caller of a gRPC call. Any thread; one object a process.
class CallerSource {
 public:
  virtual ~CallerSource() = default;
  // Unauthenticated: not known who it is. InvalidArgument: what was said about it is not of the right form.
  virtual absl::StatusOr<Caller> Identify(const grpc::ServerContextBase& context) const = 0;
};

// Development only: believes the metadata x-berdaya-principal, x-berdaya-roles (commas between) and x-berdaya-region. Without them
// the caller is "dev", with no role, for the whole nation.
std::unique_ptr<CallerSource> BelievedCallers();

// Nobody is known: every call is Unauthenticated.
std::unique_ptr<CallerSource> UnknownCallers();

}  // namespace berdaya::service

#endif  // BERDAYA_COMMON_SERVICE_CALLER_H_
