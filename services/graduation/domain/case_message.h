// A case as callers see it.
#ifndef BERDAYA_SERVICES_GRADUATION_DOMAIN_CASE_MESSAGE_H_
#define BERDAYA_SERVICES_GRADUATION_DOMAIN_CASE_MESSAGE_H_

#include "berdaya/graduation/v1/graduation_service.pb.h"
#include "services/graduation/domain/case.h"

namespace berdaya::graduation {

void FillCase(const Case& c, v1::Case& out);

}  // namespace berdaya::graduation

#endif  // BERDAYA_SERVICES_GRADUATION_DOMAIN_CASE_MESSAGE_H_
