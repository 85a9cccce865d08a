// Answers to provinces, collected over a transaction: one record a province, split where it would grow too large.
#ifndef BERDAYA_COMMON_FLOW_REPLIES_H_
#define BERDAYA_COMMON_FLOW_REPLIES_H_

#include <map>
#include <string>
#include <string_view>
#include <utility>

#include "berdaya/province/v1/replies.pb.h"
#include "common/flow/outbox.h"

namespace berdaya::flow {

class Replies {
 public:
  void Add(int province, province::v1::ReportOutcome outcome);
  // Moves what was collected to the outbox.
  void FlushTo(Outbox& outbox);
  void Clear() { by_province_.clear(); }

 private:
  std::map<int, province::v1::OutcomesReported> by_province_;
};

// Text from outside that goes into a protobuf string: as it is if it is UTF-8 of at most `limit` bytes, else empty.
std::string Utf8OrEmpty(std::string_view text, size_t limit);

}  // namespace berdaya::flow

#endif  // BERDAYA_COMMON_FLOW_REPLIES_H_
