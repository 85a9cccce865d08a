// berdaya-registry: the one door for provinces, and the registry of families and people.
#include <memory>

#include "common/host/flow_host.h"
#include "services/registry/rpc/registry_rpc.h"
#include "services/registry/wiring.h"

namespace berdaya::registry {
namespace {

class RegistryMain final : public host::FlowHost {
 public:
  service::ServiceInfo Info() const override {
    return {"registry", "Registry of families and people: takes provinces' reports and answers every one", 50051, 9101};
  }

  void Declare(service::Options& options) override {
    FlowHost::Declare(options);
    options.Add("registry.component_rules", &component_rules_file_, "Ages that decide who counts for PKH (textproto)");
  }

  absl::StatusOr<flow::ServiceSpec> Wire(const region::RegionTable& regions) override {
    absl::StatusOr<v1::ComponentRules> rules = LoadComponentRules(component_rules_file_);
    if (!rules.ok()) return rules.status();
    rules_ = *std::move(rules);
    env_ = std::make_unique<Env>(Env{regions, rules_});
    return registry::Wire(*env_);
  }

  absl::Status Serve(const host::Parts& parts) override {
    rpc_ = std::make_unique<RegistryRpc>(parts.context.callers(), parts.context.metrics(), parts.database, parts.runner);
    parts.context.AddGrpcService(rpc_.get());
    return absl::OkStatus();
  }

 private:
  std::string component_rules_file_ = "data/programmes/pkh_components.textproto";
  v1::ComponentRules rules_;
  std::unique_ptr<Env> env_;
  std::unique_ptr<RegistryRpc> rpc_;
};

}  // namespace
}  // namespace berdaya::registry

int main(int argc, char** argv) {
  berdaya::registry::RegistryMain registry;
  return berdaya::service::RunMain(argc, argv, registry);
}
