// What must always hold, whatever was delayed, repeated or killed; asked when everything has come to rest.
#ifndef BERDAYA_TESTS_SIMULATION_CHECKS_H_
#define BERDAYA_TESTS_SIMULATION_CHECKS_H_

#include "common/calendar/day.h"
#include "tests/simulation/officials.h"
#include "tests/simulation/platform.h"

namespace berdaya::simulation {

// Each blames the platform for what does not hold.
void CheckEverything(Platform& platform, const Officials& officials, calendar::Day last_day);

// Per province: final replies + open quarantines = records published, one for each; what must be rejected is.
void CheckReplies(Platform& platform, const Officials& officials);
// Sequences are dense for each source and partition, and a repeat is the same record; versions rise by one.
void CheckTopics(Platform& platform);
// Nobody is held by two families, and no family lives outside the province that reports it.
void CheckRegistry(Platform& platform);
// A graduation has a decision, a rule version, a proposal and a person who did not recommend it; past its years a family waits for a
// decision; registry and graduation agree on who is in PKH.
void CheckGraduation(Platform& platform, calendar::Day last_day);
// A case traces to its graduation; its partner's MoU covers the family, was valid that day and has not more families than places;
// nobody waits for what is there.
void CheckMentoring(Platform& platform, calendar::Day last_day);
// A region's figures equal a recount from the tables of the others.
void CheckFigures(Platform& platform, const Officials& officials);

// Reporting reads everything again into an empty database, and publishes nothing: what it holds then is the same.
void CompareRebuilt(Platform& platform);

}  // namespace berdaya::simulation

#endif  // BERDAYA_TESTS_SIMULATION_CHECKS_H_
