// Reads a list over gRPC page by page.
#ifndef BERDAYA_TOOLS_SIMULATION_CHECKER_PAGES_H_
#define BERDAYA_TOOLS_SIMULATION_CHECKER_PAGES_H_

#include <grpcpp/client_context.h>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"

namespace berdaya::simulation {

inline constexpr int kPageSize = 1000;
inline constexpr absl::Duration kPageLimit = absl::Seconds(30);

inline void PrepareRead(grpc::ClientContext& context) {
  context.AddMetadata("x-berdaya-principal", "checker");
  context.set_wait_for_ready(true);  // a service that was just started answers a little later
  context.set_deadline(absl::ToChronoTime(absl::Now() + kPageLimit));
}

// call(context, request, response) -> grpc::Status; visit(response).
template <class Response, class Request, class Call, class Visit>
absl::Status ReadPages(const char* what, Request request, const Call& call, const Visit& visit) {
  request.set_page_size(kPageSize);
  do {
    Response response;
    grpc::ClientContext context;
    PrepareRead(context);
    const grpc::Status status = call(&context, request, &response);
    if (!status.ok()) return absl::UnavailableError(absl::StrCat(what, ": ", status.error_message()));
    visit(response);
    request.set_page_token(response.next_page_token());
  } while (!request.page_token().empty());
  return absl::OkStatus();
}

}  // namespace berdaya::simulation

#endif  // BERDAYA_TOOLS_SIMULATION_CHECKER_PAGES_H_
