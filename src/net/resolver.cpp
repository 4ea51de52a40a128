#include "net/resolver.hpp"

#include <arpa/inet.h>
#include <netdb.h>
#include <pthread.h>

#include <algorithm>
#include <array>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <system_error>
#include <thread>

#include "net/look_up_queue.hpp"
#include "net/text.hpp"
#include "net/types.hpp"

namespace deltapost::net {
namespace {

/// They cost little, and are started only when they are needed.
constexpr std::size_t kMaxThreads = 128;

std::string numeric(const sockaddr& address) {
  std::array<char, INET6_ADDRSTRLEN> text{};
  const void* bytes = address.sa_family == AF_INET
                          ? static_cast<const void*>(&reinterpret_cast<const sockaddr_in&>(address).sin_addr)
                          : &reinterpret_cast<const sockaddr_in6&>(address).sin6_addr;
  return inet_ntop(address.sa_family, bytes, text.data(), text.size()) ? text.data() : "";
}

Result<Resolver::Addresses> look_up_now(const std::string& host) {
  addrinfo hints{};
  hints.ai_family = AF_UNSPEC;
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_ADDRCONFIG;
  addrinfo* found = nullptr;
  const int failed = getaddrinfo(host.c_str(), nullptr, &hints, &found);
  if (failed != 0) return Error{Fault::unavailable, lower_first(gai_strerror(failed))};
  const std::unique_ptr<addrinfo, void (*)(addrinfo*)> owner(found, freeaddrinfo);
  Resolver::Addresses addresses;
  for (const addrinfo* entry = found; entry; entry = entry->ai_next) {
    if (entry->ai_family == AF_INET || entry->ai_family == AF_INET6) {
      addresses.push_back(numeric(*entry->ai_addr));
    }
  }
  if (addresses.empty()) return Error{Fault::unavailable, "the name has no address"};
  return addresses;
}

/// getaddrinfo() cannot be interrupted, so threads share the queue and outlive the resolver when one of them
/// is stuck in it.
struct Queue {
  std::mutex mutex;
  std::condition_variable changed;
  LookUpQueue questions{kMaxThreads};
  std::size_t threads = 0;
  std::size_t free_threads = 0;
  bool ended = false;
};

void answer_questions(const std::shared_ptr<Queue>& queue) {
  std::unique_lock lock(queue->mutex);
  for (;;) {
    std::optional<LookUpQueue::LookUp> look_up;
    ++queue->free_threads;
    queue->changed.wait(lock, [&] {
      if (!queue->ended) look_up = queue->questions.next(SteadyClock::now());
      return queue->ended || look_up;
    });
    --queue->free_threads;
    if (queue->ended) break;
    lock.unlock();
    auto answer = look_up_now(look_up->question.host);
    lock.lock();
    // Before it is told: who asks again then asks for a name that is known to answer.
    queue->questions.ended(*look_up, SteadyClock::now());
    lock.unlock();
    look_up->question.done(std::move(answer));
    look_up.reset();
    lock.lock();
  }
}

class SystemResolver final : public Resolver {
 public:
  ~SystemResolver() override {
    std::deque<LookUpQueue::Question> dropped;
    {
      const std::lock_guard lock(queue_->mutex);
      queue_->ended = true;
      dropped = queue_->questions.drop();
    }
    queue_->changed.notify_all();
  }

  void resolve(const std::string& host, std::uint64_t asker, Done done) override {
    LookUpQueue::Question question{.host = host, .asker = asker, .done = std::move(done)};
    {
      const std::lock_guard lock(queue_->mutex);
      if (queue_->questions.add(question)) {
        const bool enough = queue_->free_threads >= queue_->questions.waiting();
        if (!enough && queue_->threads < kMaxThreads) start_thread();
        queue_->changed.notify_one();
        return;
      }
    }
    question.done(Error{Fault::overloaded, "too many names are being looked up"});
  }

 private:
  void start_thread() {
    try {
      std::thread thread([queue = queue_] { answer_questions(queue); });
      pthread_setname_np(thread.native_handle(), "resolver");
      thread.detach();
      ++queue_->threads;
    } catch (const std::system_error&) {
      // The system gives no more threads: the question waits for one of those there are.
    }
  }

  std::shared_ptr<Queue> queue_ = std::make_shared<Queue>();
};

}  // namespace

std::shared_ptr<Resolver> system_resolver() {
  return std::make_shared<SystemResolver>();
}

}  // namespace deltapost::net
