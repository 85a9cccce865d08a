// The page over HTTP: ?region=CODE goes down to regencies and districts, ?month=2020-06 back in time, ?lang=en switches the language.
//
// It reads only. Until people sign in it shows what a national caller sees to whoever reaches the listener (README.md).
#ifndef BERDAYA_SERVICES_REPORTING_HTTP_FIRST_PAGE_H_
#define BERDAYA_SERVICES_REPORTING_HTTP_FIRST_PAGE_H_

#include <cstdint>
#include <functional>

#include "absl/status/statusor.h"
#include "common/region/region_table.h"
#include "common/service/http.h"
#include "common/store/store.h"
#include "services/reporting/http/page.h"

namespace berdaya::reporting {

class FirstPage {
 public:
  // `waiting`: records in the log that are not read yet, -1 if not known; any thread. All arguments outlive it; it outlives the
  // listener's handlers.
  FirstPage(store::Database& database, const region::RegionTable& regions, std::function<int64_t()> waiting)
      : database_(database), regions_(regions), waiting_(std::move(waiting)) {}

  void AddTo(service::HttpServer& server);

  // Answers "/".
  service::HttpResponse Answer(const service::HttpRequest& request) const;

 private:
  absl::StatusOr<Page> Read(region::RegionCode region, int month) const;

  store::Database& database_;
  const region::RegionTable& regions_;
  const std::function<int64_t()> waiting_;
};

}  // namespace berdaya::reporting

#endif  // BERDAYA_SERVICES_REPORTING_HTTP_FIRST_PAGE_H_
