#include "tools/simulation/mous.h"

#include <google/protobuf/text_format.h>

#include <algorithm>
#include <fstream>
#include <map>
#include <sstream>

#include "absl/strings/str_cat.h"

namespace berdaya::simulation {

absl::StatusOr<enterprise_mentoring::v1::PartnerFile> LoadPartners(const std::string& path) {
  std::ifstream file(path);
  std::stringstream text;
  text << file.rdbuf();
  enterprise_mentoring::v1::PartnerFile partners;
  if (!file || !google::protobuf::TextFormat::ParseFromString(text.str(), &partners)) {
    return absl::InvalidArgumentError(absl::StrCat("cannot read the partners in ", path));
  }
  for (const auto& mou : partners.mous()) {
    const bool known = std::any_of(partners.partners().begin(), partners.partners().end(),
                                   [&](const auto& partner) { return partner.partner_id() == mou.partner_id(); });
    if (!known) return absl::InvalidArgumentError(absl::StrCat(path, " has no partner ", mou.partner_id()));
  }
  return partners;
}

std::vector<MouTerms> TermsOf(const enterprise_mentoring::v1::PartnerFile& partners) {
  std::map<std::string, std::string> names;
  for (const auto& partner : partners.partners()) names[partner.partner_id()] = partner.name();
  std::vector<MouTerms> terms;
  for (const auto& mou : partners.mous()) {
    MouTerms& each = terms.emplace_back();
    each.partner_id = mou.partner_id();
    each.partner_name = names[mou.partner_id()];
    each.mou_number = mou.mou_number();
    each.signed_on = DayOf(mou.signed_on().year(), mou.signed_on().month(), mou.signed_on().day());
    each.capacity = static_cast<int>(mou.capacity());
    each.areas.assign(mou.areas().begin(), mou.areas().end());
  }
  return terms;
}

}  // namespace berdaya::simulation
