// berdaya-reporting: figures by region and month, and the page that shows them.
#include <memory>

#include "common/host/flow_host.h"
#include "services/reporting/http/first_page.h"
#include "services/reporting/rpc/reporting_rpc.h"
#include "services/reporting/wiring.h"

namespace berdaya::reporting {
namespace {

class ReportingMain final : public host::FlowHost {
 public:
  service::ServiceInfo Info() const override {
    return {"reporting", "Figures by region and month, kept as events arrive, and the page that shows them", 50054, 9104};
  }

  absl::StatusOr<flow::ServiceSpec> Wire(const region::RegionTable&) override { return reporting::Wire(); }

  absl::Status Serve(const host::Parts& parts) override {
    flow::Runner& runner = parts.runner;
    service::Context& context = parts.context;
    rpc_ = std::make_unique<ReportingRpc>(
        context.callers(), context.metrics(), parts.database, parts.regions,
        WatchSignals{[&runner] { return runner.engine().stats().transactions.load(); }, [&context] { return context.StopRequested(); }});
    page_ = std::make_unique<FirstPage>(parts.database, parts.regions, [&runner] { return runner.lag(); });
    context.AddGrpcService(rpc_.get());
    page_->AddTo(context.http());
    return absl::OkStatus();
  }

 private:
  std::unique_ptr<ReportingRpc> rpc_;
  std::unique_ptr<FirstPage> page_;
};

}  // namespace
}  // namespace berdaya::reporting

int main(int argc, char** argv) {
  berdaya::reporting::ReportingMain reporting;
  return berdaya::service::RunMain(argc, argv, reporting);
}
