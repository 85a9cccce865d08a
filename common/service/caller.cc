#include "common/service/caller.h"

#include <grpcpp/server_context.h>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_split.h"
#include "common/status/status.h"

namespace berdaya::service {
namespace {

constexpr size_t kMaxName = 64;
constexpr const char* kPrincipal = "x-berdaya-principal";
constexpr const char* kRoles = "x-berdaya-roles";
constexpr const char* kRegion = "x-berdaya-region";

bool IsName(const std::string& text) {
  const auto good = [](char c) { return absl::ascii_isalnum(c) || std::string_view("._:@/-").find(c) != std::string_view::npos; };
  return !text.empty() && text.size() <= kMaxName && std::all_of(text.begin(), text.end(), good);
}

std::string Lookup(const grpc::ServerContextBase& context, const char* key) {
  const auto found = context.client_metadata().find(key);
  return found == context.client_metadata().end() ? "" : std::string(found->second.data(), found->second.size());
}

class Believed : public CallerSource {
 public:
  absl::StatusOr<Caller> Identify(const grpc::ServerContextBase& context) const override {
    Caller caller;
    caller.principal = Lookup(context, kPrincipal);
    if (caller.principal.empty()) caller.principal = "dev";
    if (!IsName(caller.principal)) return Invalid("caller_form", kPrincipal, "1 to 64 characters of [A-Za-z0-9._:@/-]");

    caller.roles = absl::StrSplit(Lookup(context, kRoles), ',', absl::SkipEmpty());
    if (!std::all_of(caller.roles.begin(), caller.roles.end(), IsName)) {
      return Invalid("caller_form", kRoles, "names of 1 to 64 characters of [A-Za-z0-9._:@/-], with commas between");
    }

    const std::string region = Lookup(context, kRegion);
    const bool ten_digits = region.size() == 10 && std::all_of(region.begin(), region.end(), absl::ascii_isdigit);
    const bool is_region = region.empty() || region == "0" || ten_digits;
    if (!is_region || (!region.empty() && !absl::SimpleAtoi(region, &caller.region))) {
      return Invalid("caller_form", kRegion, "a Kemendagri code of ten digits filled with zeros on the right, or 0");
    }
    return caller;
  }
};

class Unknown : public CallerSource {
 public:
  absl::StatusOr<Caller> Identify(const grpc::ServerContextBase&) const override {
    return WithReason(absl::UnauthenticatedError("the caller is not known; in development set dev.insecure_callers"),
                      "caller_unknown");
  }
};

}  // namespace

std::unique_ptr<CallerSource> BelievedCallers() { return std::make_unique<Believed>(); }

std::unique_ptr<CallerSource> UnknownCallers() { return std::make_unique<Unknown>(); }

}  // namespace berdaya::service
