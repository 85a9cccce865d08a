// The first page as HTML: a region's figures, headlines first, then a table of its parts. Pure: what to show comes in, text goes
// out.
//
// No script, no inline style, nothing from another place; it reads only. The table is wide: on a phone it scrolls sideways under a
// first column that stays.
#ifndef BERDAYA_SERVICES_REPORTING_HTTP_PAGE_H_
#define BERDAYA_SERVICES_REPORTING_HTTP_PAGE_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/time/time.h"
#include "berdaya/reporting/v1/reporting_service.pb.h"
#include "common/calendar/day.h"
#include "common/region/region_code.h"
#include "services/reporting/http/texts.h"

namespace berdaya::reporting {

inline constexpr std::string_view kStylePath = "/style.css";

struct Page {
  int month = 0;             // MonthIndex of the figures; 0: there are none yet
  int latest_month = 0;      // 0: none
  bool asked_month = false;  // the month was asked for, and links keep it
  v1::RegionFigures region;
  std::vector<v1::RegionFigures> above;  // from the nation down to the parent: code and name
  std::vector<v1::RegionFigures> parts;  // by code; empty for a district
  calendar::Day as_of;                   // the national day that is running; none before the first
  int64_t waiting = -1;                  // records not read yet; -1: not known
  absl::Time made;
};

std::string RenderPage(const Texts& texts, const Page& page);

// A page that says a sentence instead of figures.
std::string RenderMessage(const Texts& texts, std::string_view sentence);

// What kStylePath answers.
std::string_view StyleSheet();

}  // namespace berdaya::reporting

#endif  // BERDAYA_SERVICES_REPORTING_HTTP_PAGE_H_
