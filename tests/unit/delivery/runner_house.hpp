// A house around a Runner: a store, a committer, a loop, and a receiver on a free port whose answers a test
// chooses.
#pragma once

#include <gtest/gtest.h>

#include <atomic>
#include <condition_variable>
#include <future>
#include <map>
#include <mutex>

#include "delivery/runner.hpp"
#include "net/client.hpp"
#include "net/loop.hpp"
#include "net/server.hpp"
#include "record/contact.hpp"
#include "record/lead.hpp"
#include "record/merge.hpp"
#include "store/memory/memory_store.hpp"
#include "support/manual_clock.hpp"

namespace deltapost::delivery {

inline constexpr std::chrono::seconds kPatience{30};  // until a test that hangs fails

/// Takes webhooks, answers as told, remembers all.
class Receiver {
 public:
  using AnswerFor = std::function<net::Reply(const net::Request&)>;

  Receiver()
      : server_({},
                [this](net::Request request, net::Respond respond) { take(std::move(request), respond); }) {
    const auto started = server_.start();
    EXPECT_TRUE(started.has_value());
  }
  ~Receiver() { server_.stop(Millis{0}); }

  std::string url() const { return "http://127.0.0.1:" + std::to_string(server_.port()) + "/hooks"; }
  void answer_with(AnswerFor answer) {
    std::lock_guard lock(mutex_);
    answer_ = std::move(answer);
  }
  /// From now on no request is answered.
  void hang() {
    std::lock_guard lock(mutex_);
    hangs_ = true;
  }
  void answer_with(int status) {
    answer_with([status](const net::Request&) { return net::Reply{.status = status}; });
  }

  /// Waits until that many requests came; what came so far.
  std::vector<net::Request> wait_for(std::size_t count) {
    std::unique_lock lock(mutex_);
    EXPECT_TRUE(came_.wait_for(lock, kPatience, [&] { return requests_.size() >= count; }))
        << requests_.size() << " of " << count << " requests came";
    return requests_;
  }
  std::vector<net::Request> so_far() {
    std::lock_guard lock(mutex_);
    return requests_;
  }

 private:
  void take(net::Request request, net::Respond& respond) {
    net::Reply reply{.status = 200};
    {
      std::lock_guard lock(mutex_);
      if (answer_) reply = answer_(request);
      requests_.push_back(std::move(request));
      if (hangs_) {
        unanswered_.push_back(std::move(respond));
        came_.notify_all();
        return;
      }
    }
    came_.notify_all();
    respond(std::move(reply));
  }

  std::mutex mutex_;
  std::condition_variable came_;
  std::vector<net::Request> requests_;
  std::vector<net::Respond> unanswered_;
  bool hangs_ = false;
  AnswerFor answer_;
  net::Server server_;
};

inline std::string header(const net::Request& request, std::string_view name) {
  return std::string(request.header(name).value_or("<none>"));
}

inline JsonObject body_of(const net::Request& request) {
  return *parse_json_object(request.body);
}

/// A store of which some things cannot be read for a while, or to which some progress cannot be written.
class MoodyStore final : public store::MemoryStore {
 public:
  void refuse_secrets(int times) { refusals_ = times; }
  void refuse_delivery_state(int times) { state_refusals_ = times; }
  int state_refusals_left() const { return state_refusals_; }
  /// Refuses to read the log from there, that often.
  void refuse_log_after(store::Seq after, int times) {
    refused_after_ = after;
    log_refusals_ = times;
  }
  int log_refusals_left() const { return log_refusals_; }
  /// Refuses the progress that tells of an attempt with this answer; 0: none.
  void refuse_progress_with(int status) { refused_status_ = status; }
  /// Returns when progress was refused.
  void wait_for_a_refusal() { refused_.get_future().wait(); }

  Result<store::CommitReceipt> commit(store::Batch batch) override {
    for (const auto& progress : batch.progress) {
      for (const store::Attempt& attempt : progress->attempts) {
        if (refused_status_ == 0 || attempt.status != refused_status_) continue;
        if (!std::exchange(has_refused_, true)) refused_.set_value();
        return Error{Fault::unavailable, "the disk does not answer"};
      }
    }
    return MemoryStore::commit(std::move(batch));
  }

  Result<store::DeliveryState> delivery_state(store::Part part) override {
    if (state_refusals_ > 0) {
      --state_refusals_;
      return Error{Fault::unavailable, "the disk does not answer"};
    }
    return MemoryStore::delivery_state(part);
  }

  Result<store::LogPage> read_log(store::Part part, store::Seq after, std::size_t limit) override {
    if (after == refused_after_ && log_refusals_ > 0) {
      --log_refusals_;
      return Error{Fault::unavailable, "the disk does not answer"};
    }
    return MemoryStore::read_log(part, after, limit);
  }

  Result<std::optional<std::string>> secret_of(const RecordKey& owner) override {
    if (refusals_ > 0) {
      --refusals_;
      return Error{Fault::unavailable, "the disk does not answer"};
    }
    return MemoryStore::secret_of(owner);
  }

 private:
  std::atomic<int> refusals_ = 0, log_refusals_ = 0, state_refusals_ = 0;
  std::atomic<store::Seq> refused_after_ = 0;
  std::atomic<int> refused_status_ = 0;
  bool has_refused_ = false;  // the committer's thread
  std::promise<void> refused_;
};

class RunnerHouse : public ::testing::Test {
 protected:
  explicit RunnerHouse(std::vector<net::Cidr> allowed = {net::Cidr::parse("127.0.0.0/8").has_value()
                                                             ? *net::Cidr::parse("127.0.0.0/8")
                                                             : net::Cidr{}})
      : client_(loop_, net::ClientOptions{.guard = net::AddressGuard{std::move(allowed)}}) {
    const auto started = tail_.start();
    EXPECT_TRUE(started.has_value());
    committer_.on_committed([this](const std::vector<store::LogEntry>& entries) { tail_.append(entries); });
    committer_.start();
    loop_.start("delivery");
  }
  ~RunnerHouse() override {
    runner_.reset();
    committer_.stop();
  }

  Runner& start_runner(std::function<void(Runner&)> before = {}) {
    runner_.reset();
    RunnerOptions options;
    options.owner = "node " + std::to_string(++boots_);
    options.progress_every = Millis{2};
    runner_.emplace(RunnerParts{store_, tail_, committer_, client_, loop_, clock_, random_, sealer_},
                    options);
    if (before) before(*runner_);
    const auto started = runner_->start();
    EXPECT_TRUE(started.has_value()) << (started ? "" : started.error().message);
    return *runner_;
  }

  // ---- changes

  RecordKey key(Kind kind, const std::string& id) const { return {account_, kind, id}; }

  /// Writes the next version of a record; `decide` makes the document from the current one.
  void write(const RecordKey& key, std::function<JsonObject(const JsonObject*)> decide,
             std::optional<std::string> sealed = {}, bool erases = false) {
    const auto done = committer_.run([&](store::Draft& draft) -> Result<void> {
      auto current = draft.find(key);
      if (!current) return current.error();
      JsonObject before;
      if (*current) before = *parse_json_object((*current)->document);
      const JsonObject after = decide(*current ? &before : nullptr);
      store::RecordWrite write;
      write.entry.key = key;
      write.entry.version = *current ? (*current)->version + 1 : 1;
      write.entry.origin = {.actor = "key:test", .source = "api"};
      write.entry.changes = to_text(diff_to_json(diff(before, after)));
      write.entry.document = std::make_shared<const std::string>(to_text(after));
      write.updated_at = draft.now();
      const Json* deleted = after.if_contains("deleted");
      write.deleted = deleted != nullptr && deleted->is_bool() && deleted->get_bool();
      if (erases) draft.put(store::Erasure{key, write.entry.version});
      draft.put(std::move(write));
      if (sealed) draft.put(store::SecretRow{key, *sealed});
      return ok();
    });
    ASSERT_TRUE(done.has_value()) << done.error().message;
  }

  void write_lead(const std::string& id, const JsonObject& patch = {}) {
    write(key(Kind::lead, id), [&](const JsonObject* current) -> JsonObject {
      if (current != nullptr) return *lead::update(*current, patch);
      JsonObject input{{"firstName", "Ada"}, {"phone", "+15555550123"}};
      merge_patch(input, patch);
      return *lead::create(input, id, clock_.now());
    });
  }

  void write_endpoint(const std::string& id, JsonObject input) {
    const RecordKey endpoint = key(Kind::endpoint, id);
    const std::string sealed = sealer_.seal(
        secrets_to_text({{{*format::SigningSecret::parse(kSecret), std::nullopt}}, {{"x-own", "own value"}}}),
        secrets_context(endpoint));
    write(
        endpoint,
        [&](const JsonObject* current) {
          auto document = current != nullptr ? update_endpoint(*current, input, clock_.now())
                                             : create_endpoint(input, id, clock_.now());
          EXPECT_TRUE(document.has_value()) << document.error().message;
          return *std::move(document);
        },
        sealed);
  }

  void disable_in_store(const std::string& id, const std::string& reason) {
    write(key(Kind::endpoint, id),
          [&](const JsonObject* current) { return disable_endpoint(*current, reason, clock_.now()); });
  }

  /// Makes the runner look at the time: a change that no endpoint wants.
  void nudge() {
    write(key(Kind::account, "nudge"), [this](const JsonObject* current) {
      return JsonObject{{"id", "nudge"}, {"n", current == nullptr ? 0 : current->at("n").as_int64() + 1}};
    });
  }

  /// The answer to something asked of the runner.
  template <class T, class Ask>
  T ask(Ask ask_it) {
    std::promise<T> promise;
    auto future = promise.get_future();
    ask_it([&promise](T answer) { promise.set_value(std::move(answer)); });
    EXPECT_EQ(future.wait_for(kPatience), std::future_status::ready);
    return future.get();
  }

  std::optional<EndpointStatus> status(const std::string& id) {
    return ask<std::optional<EndpointStatus>>(
        [&](auto done) { runner_->status(EndpointId{id}, std::move(done)); });
  }

  static constexpr std::string_view kSecret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

  testing::ManualClock clock_;
  SystemRandom random_;
  AccountId account_{"acc1"};
  Sealer sealer_ = *Sealer::make({{"k1", std::string(32, 'k')}}, "k1", random_);
  MoodyStore store_;
  store::LogTail tail_{store_};
  store::GroupCommitter committer_{store_, clock_};
  net::Loop loop_;
  Receiver receiver_;
  net::Client client_;
  std::optional<Runner> runner_;
  int boots_ = 0;
};

}  // namespace deltapost::delivery
