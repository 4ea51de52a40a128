#include "intake/receiver.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/digest.hpp"
#include "intake/decision.hpp"
#include "intake/reception.hpp"

namespace deltapost::intake {
namespace {

constexpr std::size_t kKeptUnverified = 16 << 10;  // of a body whose signature is wrong or which is too large
constexpr int kRetryWhenPaused_s = 300, kRetryWhenBusy_s = 1;
constexpr std::size_t kBodyDigest = 16;

Error busy() {
  return {Fault::overloaded, "too much is waiting to be stored; send it again in a moment"};
}

/// That the same body was set aside before. Held apart from statements by its first word.
std::string quarantine_key(std::string_view body) {
  return sha256(fmt::format("quarantined body:{}", sha256(body))).substr(0, kBodyDigest);
}

/// The id that the signature vouches for.
std::string signed_id(const Source& source, const net::Request& request) {
  if (source.verifier.scheme != format::Scheme::standard) return {};
  return std::string(request.header("webhook-id").value_or(""));
}

Outcome refused_whole(Verdict verdict, const Error& error) {
  return {.items = {}, .reason = error.message, .field = error.field, .whole = verdict};
}

}  // namespace

/// One request on its way through.
struct Receiver::Reception {
  std::shared_ptr<const Source> source;
  net::Request request;
  Time received_at{};
  Done done;
  std::vector<format::Item> items{};
  std::optional<Outcome> judged{};  // without the store: a wrong signature, an unreadable body
  int judged_status = 200;
  std::size_t kept_body = std::string::npos;
  std::optional<Release> release{};
  Acknowledgement answer{};
  bool rejected = false;        // by an item; to be recorded by a second job
  bool forget_content = false;  // it is about somebody whose data was erased

  void put_receipt(store::Draft& draft) const {
    const auto releases = release ? std::optional(release->receipt) : std::nullopt;
    draft.put(store::Receipt{.number = answer.receipt,
                             .account = source->key.account,
                             .source = source->key.id,
                             .at = received_at,
                             .verdict = answer.outcome.verdict(),
                             .headers = forget_content ? "{}" : kept_headers(request, *source),
                             .body = forget_content ? "" : request.body.substr(0, kept_body),
                             .outcome = kept_outcome(request, *source, answer.outcome, releases),
                             .about = about(answer.outcome)});
  }

  Result<store::ReceiptNumber> number(store::Draft& draft) const {
    return draft.next_receipt(draft.part_of(source->key));
  }

  Result<void> verified(Time now) const {
    return format::verify(source->verifier, source->live_secrets(now),
                          {.method = request.method,
                           .path_and_query = request.target,
                           .header = [this](std::string_view name) { return request.header(name); },
                           .parameter = [this](std::string_view name) { return request.param(name); },
                           .body = request.body},
                          now);
  }

  /// An error: nothing of the body can be used.
  Result<void> read_items(const format::InboundLimits& limits) {
    auto read =
        format::parse_inbound(source->format, source->mapping,
                              {.body = request.body,
                               .header = [this](std::string_view name) { return request.header(name); },
                               .received_at = received_at},
                              limits);
    if (!read) return read.error();
    items = *std::move(read);
    return ok();
  }

  void judge(int status, Verdict verdict, const Error& why) {
    judged = refused_whole(verdict, why);
    judged_status = status;
  }

  /// On the committing thread; perhaps again, on another draft.
  Result<void> run(store::Draft& draft) {
    rejected = forget_content = false;
    if (release) {
      // Of two decisions at the same moment the second is refused here, before it takes part in a commit.
      auto open = awaiting_decision(draft.receipt(release->account, release->receipt), release->receipt);
      if (!open) return open.error();
    }
    auto given = number(draft);
    if (!given) return given.error();
    answer.receipt = *given;
    if (judged) {
      answer.outcome = *judged;
      answer.status = judged_status;
    } else if (auto decided = decide(draft); !decided) {
      return decided;
    }
    if (answer.outcome.verdict() == Verdict::quarantined) {
      if (release) return still_bad();
      if (auto set_aside = set_aside_once(draft); !set_aside) return set_aside;
    }
    put_receipt(draft);
    return release ? resolve(draft) : ok();
  }

  Result<void> decide(store::Draft& draft) {
    const Arrival arrival{.source = *source,
                          .receipt = answer.receipt,
                          .received_at = received_at,
                          .released = release.has_value(),
                          .signed_id = signed_id(*source, request)};
    Result<Outcome> outcome = [&]() -> Result<Outcome> {
      try {
        return receive_items(draft, arrival, items);
      } catch (const std::exception& mistake) {
        // Ours, not the sender's; but the source must go on. The draft is dropped with this error.
        return Error{Fault::internal, mistake.what()};
      }
    }();
    if (!outcome) return outcome.error();
    answer.outcome = *std::move(outcome);
    if (answer.outcome.has_flag(kErasedFlag)) forget_content = true;
    if (answer.outcome.whole != Verdict::rejected) return ok();
    rejected = true;  // what its items put into the draft has to go
    return Error{Fault::invalid, answer.outcome.reason, answer.outcome.field};
  }

  /// A body that was set aside already is not set aside again.
  Result<void> set_aside_once(store::Draft& draft) {
    const store::SeenRow row{.account = source->key.account,
                             .source = source->key.id,
                             .key = quarantine_key(request.body),
                             .content = sha256(request.body).substr(0, kBodyDigest),
                             .receipt = answer.receipt,
                             .expires_at = draft.now() + kSeenKept};
    auto seen = draft.seen(row.account, row.source, row.key);
    if (!seen) return seen.error();
    if (!*seen || (*seen)->expires_at <= draft.now()) {
      draft.put(row);
      return ok();
    }
    answer.outcome = {.items = {{.verdict = Verdict::duplicate, .first = (*seen)->receipt}}};
    return ok();
  }

  Result<void> still_bad() const {
    for (const ItemOutcome& item : answer.outcome.items)
      if (item.verdict == Verdict::quarantined) return Error{Fault::invalid, item.reason, item.field};
    return Error{Fault::invalid, answer.outcome.reason, answer.outcome.field};
  }

  Result<void> resolve(store::Draft& draft) const {
    return put_decision(
        draft, {.account = release->account,
                .receipt = release->receipt,
                .actor = release->actor,
                .what = "released",
                .details = {{"edited", release->body.has_value()}, {"receipt", receipt_id(answer.receipt)}}});
  }
};

void Receiver::receive(std::string_view token, net::Request request, bool too_large, Done done) {
  const Time now = clock_.now();
  auto source = sources_.find(token, now);
  if (!source)
    return done(Error{Fault::not_found, "there is no source at this URL; its token may have been replaced"});
  if (source->paused) return done(Acknowledgement{.status = 503, .retry_after_s = kRetryWhenPaused_s});
  if (!sources_.admit(*source, now))
    return done(Acknowledgement{.status = 429, .retry_after_s = kRetryWhenBusy_s});
  if (!committer_.takes() || committer_.lag() > kMaxWait) return done(busy());

  auto reception = std::make_shared<Reception>(Reception{.source = std::move(source),
                                                         .request = std::move(request),
                                                         .received_at = now,
                                                         .done = std::move(done)});
  Reception& r = *reception;
  if (too_large || r.request.body.size() > r.source->max_body_bytes) {
    r.kept_body = kKeptUnverified;
    r.judge(413, Verdict::rejected,
            {Fault::too_large, fmt::format("the body is larger than {} bytes", r.source->max_body_bytes)});
  } else if (auto genuine = r.verified(now); !genuine) {
    r.kept_body = kKeptUnverified;
    r.judge(401, Verdict::rejected, genuine.error());
  } else if (auto read =
                 r.read_items({.max_items = r.source->max_items, .max_bytes = r.source->max_body_bytes});
             !read) {
    if (r.source->on_bad_content == OnBadContent::reject)
      r.judge(422, Verdict::rejected, read.error());
    else
      r.judge(200, Verdict::quarantined, read.error());
  }
  if ((r.judged_status == 401 || r.judged_status == 413) && !sources_.admit_unverified(*r.source, now)) {
    r.answer = {.status = r.judged_status, .outcome = *r.judged};
    return r.done(std::move(r.answer));
  }
  submit(std::move(reception), store::Wait::bounded);
}

void Receiver::submit(std::shared_ptr<Reception> reception, store::Wait wait) {
  auto accepted = committer_.submit(
      [this, reception](store::Draft& draft) -> Result<void> {
        if (clock_.now() - reception->received_at > kMaxWait && !reception->release) return busy();
        return reception->run(draft);
      },
      [this, reception](const Result<void>& result) { finish(reception, result); }, wait);
  if (!accepted) reception->done(accepted.error());
}

void Receiver::finish(const std::shared_ptr<Reception>& reception, const Result<void>& result) {
  Reception& r = *reception;
  const bool poison = !result && result.error().fault == Fault::internal;
  if (!result && (r.rejected || poison) && !r.release && !r.judged) {
    // Nothing of it was applied. A second job records that it was there.
    const bool refuse = r.rejected;
    r.rejected = false;
    r.judged = refuse ? r.answer.outcome
                      : refused_whole(
                            Verdict::quarantined,
                            {Fault::internal, "Deltapost could not process it: " + result.error().message});
    r.judged_status = refuse ? 422 : 200;
    return submit(reception, store::Wait::any);
  }
  if (!result) return r.done(result.error());
  if (on_receipt_) on_receipt_({*r.source, r.answer});
  r.done(std::move(r.answer));
}

void Receiver::release(Release release, Done done) {
  auto found = awaiting_decision(store_.receipt(release.account, release.receipt), release.receipt);
  if (!found) return done(found.error());
  store::Receipt& old = *found;
  auto source = sources_.get(release.account, old.source);
  if (!source)
    return done(Error{Fault::conflict,
                      fmt::format("its source {} was deleted, so nothing says how to read it", old.source)});

  auto reception = std::make_shared<Reception>(
      Reception{.source = std::move(source), .request = {}, .received_at = old.at, .done = std::move(done)});
  Reception& r = *reception;
  r.request.method = "POST";
  r.request.body = release.body ? *release.body : std::move(old.body);
  const bool as_json = release.body && release.json;
  if (as_json) r.request.headers.push_back({"content-type", "application/json"});
  if (auto headers = parse_json_object(old.headers))
    for (const auto& member : *headers)
      if (member.value().is_string() && !(as_json && member.key() == "content-type"))
        r.request.headers.push_back({std::string(member.key()), std::string(member.value().get_string())});
  r.release = std::move(release);
  auto read = r.read_items({.max_items = kMaxSourceItems, .max_bytes = kMaxSourceBodyBytes});
  if (!read) return r.done(Error{Fault::invalid, read.error().message, read.error().field});
  submit(std::move(reception), store::Wait::bounded);
}

void Receiver::drop(const AccountId& account, store::ReceiptNumber receipt, std::string actor,
                    UniqueFunction<void(Result<void>)> done) {
  auto finished = std::make_shared<UniqueFunction<void(Result<void>)>>(std::move(done));
  auto accepted = committer_.submit(
      [account, receipt, actor = std::move(actor)](store::Draft& draft) -> Result<void> {
        if (auto open = awaiting_decision(draft.receipt(account, receipt), receipt); !open)
          return open.error();
        return put_decision(draft,
                            {.account = account, .receipt = receipt, .actor = actor, .what = "dropped"});
      },
      [finished](const Result<void>& result) { (*finished)(result); });
  if (!accepted) (*finished)(accepted.error());
}

}  // namespace deltapost::intake
