#include "services/graduation/domain/explain.h"

#include "absl/strings/str_cat.h"
#include "common/calendar/day_proto.h"
#include "common/status/status.h"

namespace berdaya::graduation {
namespace {

using calendar::Day;

std::string InWords(Day day, const char* const (&months)[12]) {
  if (day.empty()) return "";
  const calendar::Ymd ymd = day.ToYmd();
  return absl::StrCat(ymd.day, " ", months[ymd.month - 1], " ", ymd.year);
}

// A sentence in both languages.
struct Sentences {
  std::string id;
  std::string en;
};

std::string MembersText(const Components& components) {
  std::string text = absl::StrCat(components.Total(), " eligible");
  const char* separator = ": ";
  for (int k = 0; k < Components::kKinds; ++k) {
    if (components.count[k] == 0) continue;
    absl::StrAppend(&text, separator, std::string(Components::kNames[k]), " ", int{components.count[k]});
    separator = ", ";
  }
  return text;
}

void AddYears(const Proposal& p, const Rules& rules, v1::ExplainDecisionResponse& out) {
  v1::Criterion& criterion = *out.add_criteria();
  criterion.set_name("years_in_programme");
  criterion.set_input(absl::StrCat("in PKH since ", p.enrolled_on.Format(), ", looked at on ", p.day.Format()));
  criterion.set_threshold(absl::StrCat(rules.programme_years, " years, over after ", p.ends_on.Format()));
  criterion.set_met(p.day > p.ends_on);
  criterion.set_source(rules.sources[v1::CRITERION_KIND_YEARS_IN_PROGRAMME]);
}

void AddNobody(const Proposal& p, const Rules& rules, v1::ExplainDecisionResponse& out) {
  v1::Criterion& criterion = *out.add_criteria();
  criterion.set_name("nobody_eligible");
  criterion.set_input(MembersText(p.components));
  criterion.set_threshold("0 eligible");
  criterion.set_met(p.components.NobodyEligible());
  criterion.set_source(rules.sources[v1::CRITERION_KIND_NOBODY_ELIGIBLE]);
}

void AddRecommended(const Proposal& p, const Rules& rules, v1::ExplainDecisionResponse& out) {
  v1::Criterion& criterion = *out.add_criteria();
  criterion.set_name("recommended");
  std::string input = p.recommended_by.empty() ? "no recommendation" : absl::StrCat("recommended by ", p.recommended_by);
  if (!p.requested_on.empty()) absl::StrAppend(&input, "; the family asked on ", p.requested_on.Format());
  criterion.set_input(std::move(input));
  criterion.set_threshold("a recommendation with a signed statement");
  criterion.set_met(!p.recommended_by.empty());
  criterion.set_source(rules.sources[v1::CRITERION_KIND_RECOMMENDED]);
}

Sentences Reason(const Proposal& p, const Rules& rules) {
  switch (p.kind) {
    case type::v1::GRADUATION_KIND_NATURAL:
      return {"tidak ada lagi anggota keluarga yang memenuhi syarat", "no member of the family is eligible any more"};
    case type::v1::GRADUATION_KIND_SELF_RELIANT:
      return {absl::StrCat(p.recommended_by, " merekomendasikannya sebagai keluarga mandiri"),
              absl::StrCat(p.recommended_by, " recommended it as self-reliant")};
    default:
      return {absl::StrCat("masa ", rules.programme_years, " tahun PKH berakhir pada ", DayInIndonesian(p.ends_on)),
              absl::StrCat("its ", rules.programme_years, " years of PKH ended on ", DayInEnglish(p.ends_on))};
  }
}

Sentences Proposed(const Proposal& p, const Rules& rules) {
  const Sentences reason = Reason(p, rules);
  return {absl::StrCat("Pada ", DayInIndonesian(p.day), " aturan ", rules.version,
                       " mengusulkan keluarga ini lulus dari PKH karena ", reason.id),
          absl::StrCat("On ", DayInEnglish(p.day), " the rules ", rules.version, " proposed that the family graduates because ",
                       reason.en)};
}

Sentences Decided(const Case& c, std::string_view id, std::string_view en) {
  return {
      absl::StrCat(c.decided_by, " ", std::string(id), " pada ", DayInIndonesian(c.decided_on), " dengan surat ", c.letter_number),
      absl::StrCat(c.decided_by, " ", std::string(en), " on ", DayInEnglish(c.decided_on), " by letter ", c.letter_number)};
}

Sentences Followed(const Case& c, const Rules& rules) {
  return {absl::StrCat("Keluarga ini menerima PKH sejak ", DayInIndonesian(c.enrolled_on), "; masa ", rules.programme_years,
                       " tahun berakhir pada ", DayInIndonesian(c.ends_on)),
          absl::StrCat("The family has been in PKH since ", DayInEnglish(c.enrolled_on), "; its ", rules.programme_years,
                       " years end on ", DayInEnglish(c.ends_on))};
}

Sentences Join(const Sentences& a, const Sentences& b) { return {absl::StrCat(a.id, "; ", b.id), absl::StrCat(a.en, "; ", b.en)}; }

Sentences SentenceOf(const Case& c, const Proposal& p, const Rules& rules) {
  switch (c.state) {
    case v1::CASE_STATE_PROPOSED:
      return Join(Proposed(p, rules), {"putusan masih ditunggu", "a person has still to decide"});
    case v1::CASE_STATE_HELD:
      return Join(Proposed(p, rules), Decided(c, "menundanya", "held it"));
    case v1::CASE_STATE_GRADUATED:
      return Join(Join(Proposed(p, rules), Decided(c, "menyetujuinya", "confirmed it")),
                  {absl::StrCat("keluarga tidak lagi menerima PKH sejak ", DayInIndonesian(c.graduated_on)),
                   absl::StrCat("the family is without PKH since ", DayInEnglish(c.graduated_on))});
    case v1::CASE_STATE_ENDED:
      return {absl::StrCat("Kepesertaan PKH keluarga ini berakhir pada ", DayInIndonesian(c.ended_on), " tanpa kelulusan"),
              absl::StrCat("The family's participation in PKH ended on ", DayInEnglish(c.ended_on), " without a graduation")};
    default:
      break;
  }
  const Sentences followed = Followed(c, rules);
  if (c.verdict == type::v1::GRADUATION_VERDICT_RETURN)
    return Join(followed, Decided(c, "mengembalikan usul", "returned a proposal"));
  return Join(followed, {"tidak ada usul kelulusan yang terbuka", "no proposal to graduate is open"});
}

// The case as it is, in the shape of a proposal.
Proposal AsItIs(const Case& c, Day today) {
  return {c.case_id, 0, today, c.kind, {}, c.enrolled_on, c.ends_on, c.components, c.requested_on, c.recommended_by};
}

}  // namespace

std::string DayInIndonesian(Day day) {
  static constexpr const char* kMonths[12] = {"Januari", "Februari", "Maret",     "April",   "Mei",      "Juni",
                                              "Juli",    "Agustus",  "September", "Oktober", "November", "Desember"};
  return InWords(day, kMonths);
}

std::string DayInEnglish(Day day) {
  static constexpr const char* kMonths[12] = {"January", "February", "March",     "April",   "May",      "June",
                                              "July",    "August",   "September", "October", "November", "December"};
  return InWords(day, kMonths);
}

absl::Status Explain(const Case& c, const Proposal* proposal, Day today, const RuleBook& book, v1::ExplainDecisionResponse& out) {
  const Proposal basis = proposal != nullptr ? *proposal : AsItIs(c, today);
  const Rules* rules = proposal != nullptr ? book.Find(proposal->rule_version) : &book.On(today);
  if (rules == nullptr) {
    return Refused("rule_set_missing", "rule_version",
                   absl::StrCat("the rule set ", proposal->rule_version, " of this proposal is not loaded; put its file back"));
  }
  out.set_rule_version(rules->version);
  calendar::ToProto(basis.day, *out.mutable_as_of());
  if (rules->Applies(v1::CRITERION_KIND_YEARS_IN_PROGRAMME)) AddYears(basis, *rules, out);
  if (rules->Applies(v1::CRITERION_KIND_NOBODY_ELIGIBLE)) AddNobody(basis, *rules, out);
  if (rules->Applies(v1::CRITERION_KIND_RECOMMENDED)) AddRecommended(basis, *rules, out);
  Sentences sentences = SentenceOf(c, basis, *rules);
  out.set_sentence_id(absl::StrCat(sentences.id, "."));
  out.set_sentence_en(absl::StrCat(sentences.en, "."));
  return absl::OkStatus();
}

}  // namespace berdaya::graduation
