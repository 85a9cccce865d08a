#include "common/flow/replies.h"

namespace berdaya::flow {
namespace {

// An outcome with two sentences and the longest references stays below 1,500 bytes.
constexpr int kMaxOutcomesPerRecord = 500;

}  // namespace

void Replies::Add(int province, province::v1::ReportOutcome outcome) {
  *by_province_[province].add_outcomes() = std::move(outcome);
}

void Replies::FlushTo(Outbox& outbox) {
  for (auto& [province, all] : by_province_) {
    province::v1::OutcomesReported part;
    part.set_province(province);
    auto send = [&, p = province] {
      outbox.Add({Outgoing::To::kReplies, p, std::to_string(p), part.GetDescriptor()->full_name(), part.SerializeAsString()});
      part.clear_outcomes();
    };
    for (auto& outcome : *all.mutable_outcomes()) {
      part.add_outcomes()->Swap(&outcome);
      if (part.outcomes_size() == kMaxOutcomesPerRecord) send();
    }
    if (part.outcomes_size() > 0) send();
  }
  by_province_.clear();
}

std::string Utf8OrEmpty(std::string_view text, size_t limit) {
  if (text.size() > limit) return {};
  for (size_t i = 0; i < text.size();) {
    const auto lead = static_cast<unsigned char>(text[i]);
    const size_t length = lead < 0x80 ? 1 : lead >> 5 == 6 ? 2 : lead >> 4 == 14 ? 3 : lead >> 3 == 30 ? 4 : 0;
    if (length == 0 || i + length > text.size()) return {};
    uint32_t code = length == 1 ? lead : lead & (0x7f >> length);
    for (size_t j = 1; j < length; ++j) {
      const auto next = static_cast<unsigned char>(text[i + j]);
      if (next >> 6 != 2) return {};
      code = code << 6 | (next & 0x3f);
    }
    static constexpr uint32_t kLeast[] = {0, 0, 0x80, 0x800, 0x10000};
    if (code < kLeast[length] || code > 0x10ffff || (code >= 0xd800 && code < 0xe000)) return {};
    i += length;
  }
  return std::string(text);
}

}  // namespace berdaya::flow
