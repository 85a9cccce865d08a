// berdaya-graduation: the end of PKH, proposed by rules and decided by people.
#include <memory>
#include <optional>
#include <utility>

#include "common/host/flow_host.h"
#include "services/graduation/rpc/graduation_rpc.h"
#include "services/graduation/wiring.h"

namespace berdaya::graduation {
namespace {

class GraduationMain final : public host::FlowHost {
 public:
  service::ServiceInfo Info() const override {
    return {"graduation", "Graduation from PKH: warns, proposes by rules, records who decided and why", 50052, 9102};
  }

  void Declare(service::Options& options) override {
    FlowHost::Declare(options);
    options.Add("graduation.rules", &rules_folder_, "Folder of the rule sets (*.textproto)");
  }

  absl::StatusOr<flow::ServiceSpec> Wire(const region::RegionTable&) override {
    absl::StatusOr<RuleBook> rules = LoadRuleBook(rules_folder_);
    if (!rules.ok()) return rules.status();
    rules_ = *std::move(rules);
    env_ = std::make_unique<Env>(Env{*rules_});
    return graduation::Wire(*env_);
  }

  absl::Status Serve(const host::Parts& parts) override {
    rpc_ = std::make_unique<GraduationRpc>(parts, *env_);
    parts.context.AddGrpcService(rpc_.get());
    return absl::OkStatus();
  }

 private:
  std::string rules_folder_ = "data/rules";
  std::optional<RuleBook> rules_;
  std::unique_ptr<Env> env_;
  std::unique_ptr<GraduationRpc> rpc_;
};

}  // namespace
}  // namespace berdaya::graduation

int main(int argc, char** argv) {
  berdaya::graduation::GraduationMain graduation;
  return berdaya::service::RunMain(argc, argv, graduation);
}
