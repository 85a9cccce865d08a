// The partners of the ministry and their MoUs, from a file like data/partners/universities_2020.textproto.
#ifndef BERDAYA_TOOLS_SIMULATION_MOUS_H_
#define BERDAYA_TOOLS_SIMULATION_MOUS_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "berdaya/enterprise_mentoring/v1/partner_file.pb.h"
#include "tools/simulation/ledger.h"

namespace berdaya::simulation {

inline constexpr Day kMouDay = DayOf(2020, 2, 19);

// InvalidArgument: no such file, not protobuf text, or an MoU of a partner that the file does not have.
absl::StatusOr<enterprise_mentoring::v1::PartnerFile> LoadPartners(const std::string& path);

// What the books keep of the MoUs, in the file's order.
std::vector<MouTerms> TermsOf(const enterprise_mentoring::v1::PartnerFile& partners);

}  // namespace berdaya::simulation

#endif  // BERDAYA_TOOLS_SIMULATION_MOUS_H_
