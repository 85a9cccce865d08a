#include "tools/simulation/checker/report.h"

#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"

namespace berdaya::simulation {
namespace {

struct Column {
  const char* head;
  const char* name;  // in JSON
  int64_t ProvinceRow::*value;
};

constexpr Column kColumns[] = {{"reported", "reported", &ProvinceRow::reported},
                               {"registered", "registered", &ProvinceRow::registered},
                               {"changed", "changed", &ProvinceRow::changed},
                               {"unchanged", "unchanged", &ProvinceRow::unchanged},
                               {"rejected", "rejected", &ProvinceRow::rejected},
                               {"quarant.", "quarantined", &ProvinceRow::quarantined},
                               {"PKH", "pkh_active", &ProvinceRow::pkh},
                               {"Sembako", "sembako_active", &ProvinceRow::sembako},
                               {"natural", "graduated_natural", &ProvinceRow::natural},
                               {"self-rel.", "graduated_self_reliant", &ProvinceRow::self_reliant},
                               {"limit", "graduated_time_limit", &ProvinceRow::time_limit},
                               {"mentored", "in_mentoring", &ProvinceRow::mentored},
                               {"waiting", "waiting", &ProvinceRow::waiting}};

std::string NameOfProvince(int code, const Regions& regions) {
  for (const Province& province : regions.provinces()) {
    if (province.code == code) return province.name;
  }
  return std::to_string(code);
}

std::string Line(const std::string& name, const ProvinceRow& row) {
  std::string line = absl::StrFormat("%-30s", name);
  for (const Column& column : kColumns) absl::StrAppendFormat(&line, "%11d", row.*column.value);
  return line + "\n";
}

std::string Quoted(const std::string& text) {
  std::string out = "\"";
  for (char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    if (static_cast<unsigned char>(c) >= 0x20) out += c;
  }
  return out + "\"";
}

std::string JsonRow(const ProvinceRow& row) {
  std::vector<std::string> fields;
  for (const Column& column : kColumns) fields.push_back(absl::StrCat("\"", column.name, "\": ", row.*column.value));
  return absl::StrJoin(fields, ", ");
}

double Rate(const Result& result, const Ledger& ledger) {
  return ledger.seconds > 0 ? static_cast<double>(result.Sum().registered) / ledger.seconds : 0;
}

}  // namespace

std::string TableText(const Result& result, const Regions& regions) {
  std::string text = absl::StrFormat("%-30s", "province");
  for (const Column& column : kColumns) absl::StrAppendFormat(&text, "%11s", column.head);
  text += "\n";
  for (const auto& [code, row] : result.provinces) text += Line(NameOfProvince(code, regions), row);
  return text + Line("Indonesia", result.Sum());
}

std::string FindingsText(const Result& result) {
  std::string text = "faults published on purpose, and answered as each has to be:\n";
  for (int fault = 1; fault < kFaults; ++fault) {
    absl::StrAppendFormat(&text, "  %-30s%11d%11d\n", FaultName(static_cast<Fault>(fault)), result.injected[fault],
                          result.answered[fault]);
  }
  text += "places taken under the MoUs:\n";
  for (const auto& [partner, taken] : result.taken) absl::StrAppendFormat(&text, "  %-30s%11d\n", partner, taken);
  absl::StrAppendFormat(&text, "families waiting for a partner: %d\n", result.Sum().waiting);
  const Findings& findings = result.findings;
  if (findings.all() > 0) absl::StrAppend(&text, "differences: ", findings.all(), ", the first ", findings.told().size(), ":\n");
  for (const std::string& difference : findings.told()) absl::StrAppend(&text, "  ", difference, "\n");
  return text;
}

std::string ClosingLine(const Result& result, const Ledger& ledger) {
  const ProvinceRow sum = result.Sum();
  return absl::StrFormat(
      "demo: reported=%d registered=%d rejected=%d graduated=%d cases=%d lost=%d duplicated=%d seconds=%.1f "
      "families_per_second=%.0f",
      sum.reported, sum.registered, sum.rejected, sum.graduated(), sum.mentored + sum.waiting, result.findings.lost(),
      result.findings.duplicated(), ledger.seconds, Rate(result, ledger));
}

std::string Json(const Result& result, const Ledger& ledger, const Regions& regions) {
  const ProvinceRow sum = result.Sum();
  std::string text = absl::StrFormat(
      "{\n  \"seed\": %d, \"families\": %d, \"complete\": %s, \"graduated\": %d, \"cases\": %d, \"lost\": %d, \"duplicated\": %d,\n"
      "  \"seconds\": %.1f, \"families_per_second\": %.1f,\n  \"sum\": {%s},\n  \"faults\": {",
      ledger.seed, ledger.families.size(), ledger.complete ? "true" : "false", sum.graduated(), sum.mentored + sum.waiting,
      result.findings.lost(), result.findings.duplicated(), ledger.seconds, Rate(result, ledger), JsonRow(sum));
  for (int fault = 1; fault < kFaults; ++fault) {
    absl::StrAppend(&text, fault > 1 ? ", " : "", Quoted(FaultName(static_cast<Fault>(fault))),
                    ": {\"published\": ", result.injected[fault], ", \"answered\": ", result.answered[fault], "}");
  }
  text += "},\n  \"places_taken\": {";
  for (const auto& [partner, taken] : result.taken)
    absl::StrAppend(&text, text.back() == '{' ? "" : ", ", Quoted(partner), ": ", taken);
  text += "},\n  \"provinces\": [\n";
  bool first = true;
  for (const auto& [code, row] : result.provinces) {
    absl::StrAppend(&text, first ? "" : ",\n", "    {\"code\": \"", code, "\", \"name\": ", Quoted(NameOfProvince(code, regions)),
                    ", ", JsonRow(row), "}");
    first = false;
  }
  text += "\n  ],\n  \"differences\": [";
  first = true;
  for (const std::string& difference : result.findings.told()) {
    absl::StrAppend(&text, first ? "\n    " : ",\n    ", Quoted(difference));
    first = false;
  }
  return text + "]\n}\n";
}

}  // namespace berdaya::simulation
