// The handlers of a service, registered one line each.
//
//   handlers.On<OnFamilyReported>();        // an event: struct with Message, Prefetch, Decide
//   handlers.OnCommand<RecordDecisions>();  // a command: the same, plus Response
//   handlers.OnDay<AdvanceCases>();         // what a day does to rows that fall due: struct with Row, Due, Decide
//
// A handler is a struct of static pure functions: no clock, no randomness, no I/O.
//   static void Prefetch(const Message&, const Origin&, KeySet&);                           names the keys it wants
//   static absl::StatusOr<Outcome> Decide(const Message&, const Origin&, const View&);      decides on what was read
// An InvalidArgument rejects the input, a FailedPrecondition quarantines it; both carry a code and a field (common/status).
#ifndef BERDAYA_COMMON_FLOW_HANDLERS_H_
#define BERDAYA_COMMON_FLOW_HANDLERS_H_

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/statusor.h"
#include "common/flow/origin.h"
#include "common/flow/outcome.h"
#include "common/flow/view.h"
#include "google/protobuf/arena.h"
#include "google/protobuf/message.h"

namespace berdaya::flow {

// What a reply needs to know of a report, whatever its type.
struct ReportNames {
  std::string report_id;
  std::string local_family_ref;
  uint64_t office = 0;
};

struct Handler {
  std::string type;  // full name of the message, which is the ce_type
  google::protobuf::Message* (*create)(google::protobuf::Arena*) = nullptr;
  void (*prefetch)(const google::protobuf::Message&, const Origin&, KeySet&) = nullptr;
  absl::StatusOr<Outcome> (*decide)(const google::protobuf::Message&, const Origin&, const View&) = nullptr;
  ReportNames (*names)(const google::protobuf::Message&) = nullptr;        // reports only
  std::unique_ptr<google::protobuf::Message> (*new_response)() = nullptr;  // commands only
};

// What one run of a sweep found.
struct Swept {
  int64_t rows = 0;
  bool more = false;  // as many as it asked for: the next transaction goes on
};

struct Sweep {
  std::string table;
  // Decides on up to `limit` rows of the partition that are due on `day`; appends an outcome for each.
  Swept (*run)(View& view, int32_t partition, calendar::Day day, int64_t limit,
               absl::StatusOr<std::vector<Outcome>>& out) = nullptr;
};

class Handlers {
 public:
  template <class H>
  void On() {
    Add(Make<H>());
  }

  template <class H>
  void OnCommand() {
    Handler handler = Make<H>();
    handler.new_response = [] { return std::unique_ptr<google::protobuf::Message>(new typename H::Response); };
    Add(std::move(handler));
  }

  // S::Due(partition, day, limit) is the range of rows to look at; a decided row must leave that range, or be nearer to leaving it.
  // The rows of one run are decided without seeing each other's outcomes: a sweep whose rows compete asks for one row at a time.
  // S::Prefetch(row, keys), where there is one, names what its decision needs besides the row.
  template <class S>
  void OnDay() {
    sweeps_.push_back(
        {store::SpecOf<typename S::Row>().name,
         [](View& view, int32_t partition, calendar::Day day, int64_t limit, absl::StatusOr<std::vector<Outcome>>& out) -> Swept {
           const store::ScanRange due = S::Due(partition, day, limit);
           const auto rows = view.Scan<typename S::Row>(due);
           KeySet keys(view);
           for (const auto& row : rows) {
             keys.ReadAhead<typename S::Row>(store::KeyOfRow(row));  // nearly all will be written
             if constexpr (requires { S::Prefetch(row, keys); }) S::Prefetch(row, keys);
           }
           if (!view.Load().ok()) return {};
           const Origin origin{.kind = InputKind::kSweep, .partition = partition, .day = day};
           for (const auto& row : rows) {
             absl::StatusOr<Outcome> outcome = S::Decide(row, origin, view);
             if (!outcome.ok()) {
               out = outcome.status();
               break;
             }
             out->push_back(*std::move(outcome));
           }
           const auto found = static_cast<int64_t>(rows.size());
           return {found, found > 0 && found == due.limit};
         }});
  }

  const Handler* Find(std::string_view type) const {
    auto it = by_type_.find(type);
    return it == by_type_.end() ? nullptr : it->second.get();
  }
  const std::vector<Sweep>& sweeps() const { return sweeps_; }

 private:
  template <class H>
  static Handler Make() {
    using M = typename H::Message;
    Handler handler;
    handler.type = M::descriptor()->full_name();
    handler.create = [](google::protobuf::Arena* arena) -> google::protobuf::Message* {
      return google::protobuf::Arena::CreateMessage<M>(arena);
    };
    handler.prefetch = [](const google::protobuf::Message& m, const Origin& origin, KeySet& keys) {
      H::Prefetch(static_cast<const M&>(m), origin, keys);
    };
    handler.decide = [](const google::protobuf::Message& m, const Origin& origin, const View& view) {
      return H::Decide(static_cast<const M&>(m), origin, view);
    };
    if constexpr (requires(const M& m) { m.info().report_id(); }) {
      handler.names = [](const google::protobuf::Message& message) {
        const M& m = static_cast<const M&>(message);
        return ReportNames{m.info().report_id(), m.local_family_ref(), m.info().office()};
      };
    }
    return handler;
  }
  void Add(Handler handler) {
    auto owned = std::make_unique<Handler>(std::move(handler));
    const std::string_view type = owned->type;
    by_type_[type] = std::move(owned);
  }

  absl::flat_hash_map<std::string_view, std::unique_ptr<Handler>> by_type_;  // keys point into the values
  std::vector<Sweep> sweeps_;
};

}  // namespace berdaya::flow

#endif  // BERDAYA_COMMON_FLOW_HANDLERS_H_
