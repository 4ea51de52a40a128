#include "app/bench/floor.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include "app/bench/child_process.hpp"
#include "app/commands.hpp"
#include "base/check.hpp"

namespace deltapost::app::bench {
namespace {

constexpr std::string_view kAnswer = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}";
constexpr std::chrono::milliseconds kLongestWait{1000};

}  // namespace

Floor::~Floor() {
  if (log_ >= 0) ::close(log_);
}

Result<void> Floor::open() {
  log_ = ::open(options_.log_file.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  if (log_ < 0 || ::posix_fallocate(log_, 0, kLogBytes) != 0 || ::fsync(log_) != 0)
    return Error{.fault = Fault::unavailable, .message = "cannot make the floor's log " + options_.log_file};
  return server_.open();
}

void Floor::run() {
  syncer_ = std::thread([this] { sync_groups(); });
  std::vector<Group> synced;
  for (;;) {
    loop_.wait(kLongestWait);
    {
      std::lock_guard lock(mutex_);
      synced.swap(synced_);
    }
    for (const Group& group : synced) finish(group);
    if (!synced.empty()) handed_over_ = false;
    synced.clear();
    if (handed_over_ || filling_.items.empty()) continue;
    {
      std::lock_guard lock(mutex_);
      std::swap(next_, filling_);
    }
    handed_over_ = true;
    wake_.notify_one();
  }
}

void Floor::handle(Channel& channel, const Message& request) {
  const std::size_t begin = filling_.messages.size();
  filling_.messages.append(request.body.data() + request.body.size() - request.bytes, request.bytes);
  filling_.bodies += request.body;
  filling_.items.push_back({&channel, begin, request.bytes});
}

void Floor::sync_groups() {
  for (;;) {
    Group group;
    {
      std::unique_lock lock(mutex_);
      wake_.wait(lock, [this] { return !next_.items.empty(); });
      std::swap(group, next_);
    }
    if (log_end_ + group.bodies.size() > kLogBytes) log_end_ = 0;
    const ssize_t written =
        ::pwrite(log_, group.bodies.data(), group.bodies.size(), static_cast<off_t>(log_end_));
    DP_CHECK(written == static_cast<ssize_t>(group.bodies.size()) && ::fdatasync(log_) == 0);
    log_end_ += group.bodies.size();
    {
      std::lock_guard lock(mutex_);
      synced_.push_back(std::move(group));
    }
    loop_.wake();
  }
}

void Floor::finish(const Group& group) {
  for (const Group::Item& item : group.items) {
    item.from->send(kAnswer);
    forward(item.from->number(), std::string_view(group.messages).substr(item.begin, item.size));
  }
}

void Floor::forward(std::size_t number, std::string_view message) {
  if (number >= ways_.size()) ways_.resize(number + 1);
  Way& way = ways_[number];
  if (way.busy) {
    way.waiting.emplace_back(message);
    return;
  }
  if (way.channel == nullptr) {
    const auto socket = connect_to(options_.receiver_port);
    DP_CHECK(socket);
    way.channel = std::make_unique<Channel>(loop_, *socket, *this, number);
  }
  way.busy = true;
  way.channel->send(message);
}

void Floor::received(Channel& channel, const Message&) {
  Way& way = ways_[channel.number()];
  way.busy = false;
  if (way.waiting.empty()) return;
  const std::string message = std::move(way.waiting.front());
  way.waiting.pop_front();
  way.busy = true;
  channel.send(message);
}

void Floor::lost(Channel&, const std::string& why) {
  // It promises nothing beyond the run: what is lost now, the judge will miss.
  fmt::print(stderr, "the floor lost its receiver: {}\n", why);
}

int run_floor(const Floor::Options& options, const std::string& port_file) {
  Floor floor(options);
  if (auto opened = floor.open(); !opened) return fail(opened.error().message);
  write_port_file(port_file, floor.port());
  floor.run();
}

}  // namespace deltapost::app::bench
