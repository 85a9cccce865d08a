#include "tools/simulation/mous.h"

namespace berdaya::simulation {
namespace {

constexpr int kCapacity = 250;

MouTerms Terms(const char* id, const char* name, const char* as_signed, int number, std::vector<uint64_t> areas) {
  MouTerms mou;
  mou.partner_id = id;
  mou.partner_name = name;
  mou.name_as_signed = as_signed;
  mou.mou_number = "MOU/DAYASOS/2020/0" + std::to_string(number);
  mou.signed_on = kMouDay;
  mou.ends_on = DayOf(2023, 2, 18);
  mou.capacity = kCapacity;
  mou.areas = std::move(areas);
  return mou;
}

}  // namespace

std::vector<MouTerms> DemoMous() {
  std::vector<MouTerms> mous = {
      Terms("unpad", "Universitas Padjadjaran", "Universitas Padjadjaran", 1, {3'200'000'000}),
      Terms("unej", "Universitas Jember", "Universitas Jember", 2, {3'500'000'000}),
      Terms("unja", "Universitas Jambi", "Universitas Jambi", 3, {1'500'000'000}),
      // Its MoU names regencies: Semarang, Demak, Kendal, Kota Semarang.
      Terms("polines", "Politeknik Negeri Semarang", "Politeknik Negeri Semarang", 4,
            {3'321'000'000, 3'322'000'000, 3'324'000'000, 3'374'000'000}),
  };
  mous.back().polytechnic = true;
  return mous;
}

}  // namespace berdaya::simulation
