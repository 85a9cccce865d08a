// Commands on the path of an event: the same request_id gives the same answer.
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/flow/engine.h"
#include "common/flow/stable_hash.h"
#include "common/flow/tables.h"
#include "common/flow/test_points.h"
#include "common/status/status.h"

namespace berdaya::flow {

absl::Status Engine::DecideCommand(Item& item) {
  ++staged_stats_.commands;
  Hit(TestPoint::kInCommand);
  Command& command = *item.command;
  absl::StatusOr<std::unique_ptr<google::protobuf::Message>> answer = AnswerTo(item, command);
  if (!view_.status().ok()) return view_.status();
  if (answer.ok()) {
    answers_.emplace_back(&command, *std::move(answer));
    return absl::OkStatus();
  }
  // Whatever is wrong with one command, the others and the log go on.
  absl::Status why = answer.status();
  if (FateOf(why, InputKind::kCommand, /*from_decision=*/true) != Fate::kReject) why = absl::InternalError(why.message());
  refusals_.emplace_back(&command, std::move(why));
  return absl::OkStatus();
}

absl::StatusOr<std::unique_ptr<google::protobuf::Message>> Engine::AnswerTo(Item& item, const Command& command) {
  if (item.handler == nullptr || item.handler->new_response == nullptr) {
    return absl::InternalError(absl::StrCat("no handler for the command ", item.message->GetDescriptor()->full_name()));
  }
  const std::string& method = item.handler->type;
  const auto hash = static_cast<int64_t>(StableHash().Text(item.message->SerializeAsString()).Value());
  if (const auto* earlier = view_.Find<CommandRow>({command.principal.name, command.request_id})) {
    if (earlier->method != method || earlier->request_hash != hash) {
      return WithReason(absl::AlreadyExistsError("this request_id was used for another request; choose a new one"),
                        "request_id_reused", "request_id");
    }
    auto answer = item.handler->new_response();
    if (!answer->ParseFromString(earlier->response)) return absl::DataLossError("a stored answer is damaged");
    return answer;
  }
  absl::StatusOr<Outcome> outcome = DecideMessage(item);
  if (!outcome.ok()) return outcome.status();
  if (outcome->answer() == nullptr) return absl::InternalError(absl::StrCat("the command ", method, " gave no answer"));
  CommandRow row{command.principal.name, command.request_id, method, hash, outcome->answer()->SerializeAsString()};
  std::unique_ptr<google::protobuf::Message> answer = std::move(outcome->answer());
  if (!view_.status().ok()) return view_.status();
  if (absl::Status status = Apply(*outcome); !status.ok()) return status;
  view_.Put<CommandRow>(std::move(row));
  return answer;
}

}  // namespace berdaya::flow
