// berdaya-enterprise-mentoring: from a graduated family to an enterprise of its own.
#include <memory>

#include "common/host/flow_host.h"
#include "services/enterprise_mentoring/rpc/mentoring_rpc.h"
#include "services/enterprise_mentoring/wiring.h"

namespace berdaya::mentoring {
namespace {

class MentoringMain final : public host::FlowHost {
 public:
  service::ServiceInfo Info() const override {
    return {"enterprise-mentoring", "Enterprise mentoring: partners and their MoUs, cases of graduated families, waiting lines",
            50053, 9103};
  }

  void Declare(service::Options& options) override {
    FlowHost::Declare(options);
    options.Add("mentoring.taken_at_once", &taken_at_once_,
                "Families that a new MoU takes from the waiting lines in one transaction; the rest follows when the next day opens",
                service::Bounds{1, 20000});
  }

  absl::StatusOr<flow::ServiceSpec> Wire(const region::RegionTable& regions) override {
    env_ = std::make_unique<Env>(Env{regions, taken_at_once_});
    return mentoring::Wire(*env_);
  }

  absl::Status Serve(const host::Parts& parts) override {
    rpc_ = std::make_unique<MentoringRpc>(parts.context.callers(), parts.context.metrics(), parts.database, parts.runner);
    parts.context.AddGrpcService(rpc_.get());
    return absl::OkStatus();
  }

 private:
  int64_t taken_at_once_ = 5000;
  std::unique_ptr<Env> env_;
  std::unique_ptr<MentoringRpc> rpc_;
};

}  // namespace
}  // namespace berdaya::mentoring

int main(int argc, char** argv) {
  berdaya::mentoring::MentoringMain mentoring;
  return berdaya::service::RunMain(argc, argv, mentoring);
}
