// What a handler decides: rows to write, facts and notices to publish, the answer to the sender. Nothing of it has happened yet;
// the loop applies an outcome only if the decision succeeded, and publishes only what was committed.
#ifndef BERDAYA_COMMON_FLOW_OUTCOME_H_
#define BERDAYA_COMMON_FLOW_OUTCOME_H_

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "berdaya/province/v1/replies.pb.h"
#include "common/flow/view.h"
#include "google/protobuf/message.h"

namespace berdaya::flow {

// A record on its way out. Partition and sequence are assigned by the loop.
struct Outgoing {
  enum class To { kFacts, kNotices, kReplies };
  To to = To::kFacts;
  int province = 0;  // notices and replies
  std::string key;
  std::string_view type;  // full name of the message; static
  std::string value;
};

class Outcome {
 public:
  // For reports: the final status that the sender gets.
  static Outcome Registered(int64_t family_id) { return Outcome(province::v1::REPORT_STATUS_REGISTERED, family_id); }
  static Outcome Changed(int64_t family_id) { return Outcome(province::v1::REPORT_STATUS_CHANGED, family_id); }
  static Outcome Unchanged(int64_t family_id = 0) { return Outcome(province::v1::REPORT_STATUS_UNCHANGED, family_id); }
  // For reports that another service answers; AnswerReport gives the final status later.
  static Outcome Deferred(int64_t family_id) {
    Outcome outcome(province::v1::REPORT_STATUS_UNSPECIFIED, family_id);
    outcome.deferred_ = true;
    return outcome;
  }
  // For facts, days, commands and sweeps.
  static Outcome Done() { return Outcome(province::v1::REPORT_STATUS_UNSPECIFIED, 0); }

  Outcome(Outcome&&) = default;
  Outcome& operator=(Outcome&&) = default;

  // Writes a row whole.
  template <class Row>
  void Put(Row row) {
    changes_.push_back(std::make_unique<PutChange<Row>>(std::move(row)));
  }
  // Writes a row that cannot exist yet because its key was made from this input's position; it is not read before.
  template <class Row>
  void Insert(Row row) {
    changes_.push_back(std::make_unique<InsertChange<Row>>(std::move(row)));
  }
  template <class Row>
  void Erase(store::KeyOf<Row> key) {
    changes_.push_back(std::make_unique<EraseChange<Row>>(std::move(key)));
  }
  // Adds to a counter row.
  template <class Row>
  void Add(Row delta) {
    changes_.push_back(std::make_unique<AddChange<Row>>(std::move(delta)));
  }

  // Publishes a fact of this service; the key decides its partition and is the event's subject.
  void Publish(int64_t family_id, const google::protobuf::Message& fact) { Publish(std::to_string(family_id), fact); }
  void Publish(std::string key, const google::protobuf::Message& fact) {
    outgoing_.push_back({Outgoing::To::kFacts, 0, std::move(key), fact.GetDescriptor()->full_name(), fact.SerializeAsString()});
  }
  // Publishes a notice to a province.
  void Notify(int province, std::string local_family_ref, const google::protobuf::Message& notice) {
    outgoing_.push_back({Outgoing::To::kNotices, province, std::move(local_family_ref), notice.GetDescriptor()->full_name(),
                         notice.SerializeAsString()});
  }
  // The final answer to an earlier report of that province.
  void AnswerReport(int province, province::v1::ReportOutcome outcome) { late_answers_.emplace_back(province, std::move(outcome)); }
  // The response to a command.
  template <class Response>
  void Answer(Response response) {
    answer_ = std::make_unique<Response>(std::move(response));
  }

  // For reports: whether the sender gets an answer, now or later.
  bool answers_report() const { return deferred_ || status_ != province::v1::REPORT_STATUS_UNSPECIFIED; }
  province::v1::ReportStatus status() const { return status_; }
  int64_t family_id() const { return family_id_; }
  const std::vector<Outgoing>& outgoing() const { return outgoing_; }
  std::vector<Outgoing>& outgoing() { return outgoing_; }
  std::vector<std::pair<int, province::v1::ReportOutcome>>& late_answers() { return late_answers_; }
  std::unique_ptr<google::protobuf::Message>& answer() { return answer_; }
  const google::protobuf::Message* answer() const { return answer_.get(); }

  // For tests of decide functions: the last row of this type that the outcome puts, or nullptr.
  template <class Row>
  const Row* FindPut() const {
    const Row* found = nullptr;
    for (const auto& change : changes_) {
      if (const auto* put = dynamic_cast<const PutChange<Row>*>(change.get())) found = &put->row;
      if (const auto* put = dynamic_cast<const InsertChange<Row>*>(change.get())) found = &put->row;
    }
    return found;
  }

  // For the loop: applies the changes to the overlay.
  void ApplyTo(View& view) {
    for (const auto& change : changes_) change->Apply(view);
  }

 private:
  struct Change {
    virtual ~Change() = default;
    virtual void Apply(View& view) = 0;
  };
  template <class Row>
  struct PutChange final : Change {
    explicit PutChange(Row r) : row(std::move(r)) {}
    void Apply(View& view) override { view.Put<Row>(std::move(row)); }
    Row row;
  };
  template <class Row>
  struct InsertChange final : Change {
    explicit InsertChange(Row r) : row(std::move(r)) {}
    void Apply(View& view) override { view.Insert<Row>(std::move(row)); }
    Row row;
  };
  template <class Row>
  struct EraseChange final : Change {
    explicit EraseChange(store::KeyOf<Row> k) : key(std::move(k)) {}
    void Apply(View& view) override { view.Erase<Row>(key); }
    store::KeyOf<Row> key;
  };
  template <class Row>
  struct AddChange final : Change {
    explicit AddChange(Row d) : delta(std::move(d)) {}
    void Apply(View& view) override { view.Add<Row>(delta); }
    Row delta;
  };

  Outcome(province::v1::ReportStatus status, int64_t family_id) : status_(status), family_id_(family_id) {}

  province::v1::ReportStatus status_;
  int64_t family_id_;
  bool deferred_ = false;
  std::vector<std::unique_ptr<Change>> changes_;
  std::vector<Outgoing> outgoing_;
  std::vector<std::pair<int, province::v1::ReportOutcome>> late_answers_;
  std::unique_ptr<google::protobuf::Message> answer_;
};

}  // namespace berdaya::flow

#endif  // BERDAYA_COMMON_FLOW_OUTCOME_H_
