// Page tokens: where the next page of a list begins, sealed together with the query that it belongs to.
//
// A token is opaque to callers and says nothing secret; it gives no rights either, since every page passes the scope check again.
// The checksum catches damage, the hash of the filter catches a token of another query. Both hold across restarts and instances.
#ifndef BERDAYA_COMMON_SERVICE_PAGE_TOKEN_H_
#define BERDAYA_COMMON_SERVICE_PAGE_TOKEN_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/span.h"

namespace berdaya::service {

// `position`: the key of the last row sent. `filter`: bytes that are equal for equal queries, such as the request serialised with
// page_size and page_token cleared, and the method's name in front.
std::string EncodePageToken(std::string_view position, std::string_view filter);

// The position. An empty token is the first page: an empty position. InvalidArgument on the field page_token: damaged, or of
// another query.
absl::StatusOr<std::string> DecodePageToken(std::string_view token, std::string_view filter);

// The same for keys of whole numbers; `count` of them. An empty token gives an empty vector.
std::string EncodePageToken(absl::Span<const int64_t> position, std::string_view filter);
absl::StatusOr<std::vector<int64_t>> DecodePageToken(std::string_view token, std::string_view filter, size_t count);

}  // namespace berdaya::service

#endif  // BERDAYA_COMMON_SERVICE_PAGE_TOKEN_H_
