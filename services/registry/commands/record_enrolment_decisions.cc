#include "services/registry/commands/record_enrolment_decisions.h"

#include <map>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "berdaya/province/v1/notices.pb.h"
#include "berdaya/registry/v1/facts.pb.h"
#include "common/calendar/day_proto.h"
#include "common/status/status.h"
#include "common/text/text.h"
#include "services/registry/domain/report_check.h"
#include "services/registry/env.h"
#include "services/registry/events/facts.h"
#include "services/registry/sweeps/review_components.h"
#include "services/registry/tables/tables.h"

namespace berdaya::registry {
namespace {

using calendar::Day;

constexpr int kMaxRows = 1000;
constexpr size_t kMaxId = 64;

// The command's rows are decided one after the other; a later row sees what an earlier one of the same command did.
class Decisions {
 public:
  Decisions(const flow::Origin& origin, const flow::View& view) : origin_(origin), view_(view), out_(flow::Outcome::Done()) {}

  v1::DecisionResult Record(const v1::EnrolmentDecision& row) {
    v1::DecisionResult result;
    result.set_decision_id(row.decision_id());
    const absl::Status status = Try(row, result);
    if (!status.ok()) {
      result.set_status(v1::DECISION_STATUS_REFUSED);
      result.set_code(ReasonOf(status));
      result.set_message(std::string(status.message()));
    }
    return result;
  }

  flow::Outcome Finish() {
    for (auto& [id, family] : families_) out_.Put(std::move(family));
    for (auto& [key, enrolment] : enrolments_) out_.Put(std::move(enrolment));
    for (auto& [id, decision] : decisions_) out_.Put(std::move(decision));
    return std::move(out_);
  }

 private:
  absl::Status Try(const v1::EnrolmentDecision& row, v1::DecisionResult& result) {
    if (!IsPlainText(row.decision_id(), 1, kMaxId)) {
      return Invalid("decision_id_invalid", "decision_id", "a decision_id has 1 to 64 characters");
    }
    if (row.programme() == type::v1::PROGRAMME_UNSPECIFIED || !type::v1::Programme_IsValid(row.programme())) {
      return Invalid("programme_missing", "programme", "say PKH or Sembako");
    }
    Day starts_on;
    if (row.enrolled()) {
      const absl::StatusOr<Day> day = calendar::FromProto(row.starts_on(), "starts_on");
      if (!day.ok()) return WithReason(day.status(), "starts_on_invalid", "starts_on");
      starts_on = *day;
    }
    const FamilyRow* family = FindIn(families_, row.family_id());
    if (family == nullptr) return Refused("family_unknown", "family_id", "no such family");
    DecisionRow decision{row.decision_id(), row.family_id(), row.programme(), row.enrolled(), starts_on};
    if (const DecisionRow* earlier = FindIn(decisions_, row.decision_id())) {
      if (*earlier != decision)
        return Refused("decision_id_reused", "decision_id", "another decision has this id; choose a new one");
      result.set_status(v1::DECISION_STATUS_ALREADY_RECORDED);
      return absl::OkStatus();
    }
    const EnrolmentRow* enrolment = FindIn(enrolments_, store::KeyOf<EnrolmentRow>{row.family_id(), row.programme()});
    if (enrolment == nullptr || enrolment->state != v1::ENROLMENT_STATE_NOMINATED) {
      return Refused("not_nominated", "family_id", "the family has no open nomination for this programme");
    }
    if (row.enrolled() && !MayStart(starts_on, *enrolment)) {
      return Refused("starts_on_out_of_bounds", "starts_on",
                     "the first day lies too far back or ahead, or not after the end of the participation before");
    }
    Apply(*family, *enrolment, std::move(decision));
    result.set_status(v1::DECISION_STATUS_RECORDED);
    return absl::OkStatus();
  }

  // Within the bounds of the rules around the registry's day, and after an earlier participation.
  bool MayStart(Day starts_on, const EnrolmentRow& enrolment) const {
    const v1::ComponentRules& rules = view_.env<Env>().component_rules;
    return starts_on >= origin_.day - rules.start_days_back() && starts_on <= origin_.day + rules.start_days_ahead() &&
           (enrolment.ended_on.empty() || starts_on > enrolment.ended_on);
  }

  void Apply(const FamilyRow& family, const EnrolmentRow& enrolment, DecisionRow decision) {
    const Day day = origin_.day;
    FamilyRow next = AdvanceTo(day, family, view_, out_);
    EnrolmentRow changed = enrolment;
    ++next.version;
    changed.state = decision.enrolled ? v1::ENROLMENT_STATE_ACTIVE : v1::ENROLMENT_STATE_REFUSED;
    if (decision.enrolled) {
      changed.starts_on = decision.starts_on;
      changed.ended_on = {};
    }
    if (decision.enrolled && decision.programme == type::v1::PROGRAMME_PKH) {
      const v1::ComponentRules& rules = view_.env<Env>().component_rules;
      const std::vector<MemberStanding> members = StandingOf(next, view_);
      next.components = CountComponents(members, day, rules);
      next.review_on = NextChange(members, day, rules);
    }
    v1::EnrolmentDecided fact;
    FillInfo(next, day, *fact.mutable_info());
    fact.set_programme(static_cast<type::v1::Programme>(decision.programme));
    fact.set_enrolled(decision.enrolled);
    if (decision.enrolled) calendar::ToProto(decision.starts_on, *fact.mutable_starts_on());
    fact.set_decision_id(decision.decision_id);
    next.components.ToProto(*fact.mutable_components());
    out_.Publish(next.family_id, fact);

    province::v1::EnrolmentDecided notice;
    FillNotice(next, day, *notice.mutable_info());
    notice.set_programme(fact.programme());
    notice.set_enrolled(decision.enrolled);
    if (decision.enrolled) *notice.mutable_starts_on() = fact.starts_on();
    out_.Notify(next.province, next.local_family_ref, notice);

    families_[next.family_id] = std::move(next);
    enrolments_[store::KeyOfRow(changed)] = std::move(changed);
    decisions_[decision.decision_id] = std::move(decision);
  }

  template <class Row, class Key>
  const Row* FindIn(const std::map<Key, Row>& changed, const Key& key) const {
    auto it = changed.find(key);
    return it != changed.end() ? &it->second : view_.Find<Row>(key);
  }

  const flow::Origin& origin_;
  const flow::View& view_;
  flow::Outcome out_;
  std::map<int64_t, FamilyRow> families_;
  std::map<store::KeyOf<EnrolmentRow>, EnrolmentRow> enrolments_;
  std::map<std::string, DecisionRow> decisions_;
};

}  // namespace

void RecordEnrolmentDecisions::Prefetch(const Message& m, const flow::Origin&, flow::KeySet& keys) {
  for (const auto& row : m.decisions()) {
    keys.Want<DecisionRow>(row.decision_id());
    keys.Want<FamilyRow>(row.family_id());
    keys.Want<EnrolmentRow>({row.family_id(), row.programme()});
  }
}

absl::StatusOr<flow::Outcome> RecordEnrolmentDecisions::Decide(const Message& m, const flow::Origin& origin,
                                                               const flow::View& view) {
  if (m.decisions_size() < 1 || m.decisions_size() > kMaxRows) {
    return Invalid("decisions_count", "decisions", "a command carries 1 to 1,000 decisions");
  }
  if (origin.principal->region != 0) {
    return WithReason(absl::PermissionDeniedError("the ministry enrols: the caller's region has to be the nation"),
                      "national_only");
  }
  if (origin.day.empty()) return Refused("no_day", "", "no day has been opened yet; the day scheduler opens the first");
  Decisions decisions(origin, view);
  Response response;
  response.set_request_id(m.request_id());
  for (const auto& row : m.decisions()) *response.add_results() = decisions.Record(row);
  flow::Outcome out = decisions.Finish();
  out.Answer(std::move(response));
  return out;
}

}  // namespace berdaya::registry
