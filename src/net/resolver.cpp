#include "net/resolver.hpp"

#include <arpa/inet.h>
#include <netdb.h>
#include <pthread.h>

#include <algorithm>
#include <array>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <system_error>
#include <thread>

#include "net/text.hpp"

namespace deltapost::net {
namespace {

/// A name whose servers never answer keeps a thread for a quarter of a minute or so. Whoever may make
/// endpoints can name many such names, so there are threads for many; they cost little, and are started only
/// when they are needed.
constexpr std::size_t kMaxThreads = 128;
constexpr std::size_t kMaxWaiting = 16 * 1024;

std::string numeric(const sockaddr& address) {
  std::array<char, INET6_ADDRSTRLEN> text{};
  const void* bytes = address.sa_family == AF_INET
                          ? static_cast<const void*>(&reinterpret_cast<const sockaddr_in&>(address).sin_addr)
                          : &reinterpret_cast<const sockaddr_in6&>(address).sin6_addr;
  return inet_ntop(address.sa_family, bytes, text.data(), text.size()) ? text.data() : "";
}

Result<Resolver::Addresses> look_up(const std::string& host) {
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
  struct Question {
    std::string host;
    Resolver::Done done;
  };

  std::mutex mutex;
  std::condition_variable changed;
  std::deque<Question> waiting;
  std::size_t threads = 0;
  std::size_t free_threads = 0;
  bool ended = false;
};

void answer_questions(const std::shared_ptr<Queue>& queue) {
  std::unique_lock lock(queue->mutex);
  for (;;) {
    ++queue->free_threads;
    queue->changed.wait(lock, [&] { return queue->ended || !queue->waiting.empty(); });
    --queue->free_threads;
    if (queue->ended) break;
    Queue::Question question = std::move(queue->waiting.front());
    queue->waiting.pop_front();
    lock.unlock();
    question.done(look_up(question.host));
    question.done = {};
    lock.lock();
  }
}

class SystemResolver final : public Resolver {
 public:
  ~SystemResolver() override {
    std::deque<Queue::Question> dropped;
    {
      const std::lock_guard lock(queue_->mutex);
      queue_->ended = true;
      dropped.swap(queue_->waiting);
    }
    queue_->changed.notify_all();
  }

  void resolve(const std::string& host, Done done) override {
    {
      const std::lock_guard lock(queue_->mutex);
      if (queue_->waiting.size() < kMaxWaiting) {
        queue_->waiting.push_back({host, std::move(done)});
        if (queue_->free_threads < queue_->waiting.size() && queue_->threads < kMaxThreads) start_thread();
        queue_->changed.notify_one();
        return;
      }
    }
    done(Error{Fault::overloaded, "too many names are being looked up"});
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
