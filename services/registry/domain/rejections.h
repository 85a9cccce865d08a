// What each code of a rejection says to people, in Indonesian and English. docs/rejections.md is checked against it.
#ifndef BERDAYA_SERVICES_REGISTRY_DOMAIN_REJECTIONS_H_
#define BERDAYA_SERVICES_REGISTRY_DOMAIN_REJECTIONS_H_

#include <string_view>

#include "absl/types/span.h"

namespace berdaya::registry {

struct Rejection {
  std::string_view code;
  std::string_view id;  // Indonesian
  std::string_view en;  // English
};

// All codes, sorted.
absl::Span<const Rejection> AllRejections();

// The sentences of a code; general ones for a code that is not in the catalogue.
const Rejection& RejectionOf(std::string_view code);

}  // namespace berdaya::registry

#endif  // BERDAYA_SERVICES_REGISTRY_DOMAIN_REJECTIONS_H_
