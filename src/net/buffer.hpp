// Buffer: bytes read from a connection and not yet used up.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <memory>
#include <string_view>

namespace deltapost::net {

class Buffer {
 public:
  explicit Buffer(std::size_t capacity) : bytes_(new char[capacity]), capacity_(capacity) {}

  std::string_view unread() const { return {bytes_.get() + begin_, end_ - begin_}; }
  bool empty() const { return begin_ == end_; }
  bool full() const { return end_ - begin_ == capacity_; }

  void consume(std::size_t count) {
    begin_ += count;
    if (begin_ == end_) begin_ = end_ = 0;
  }

  /// Where the next bytes may be written; moves what is unread to the front when room runs short.
  char* room() {
    if (begin_ > 0 && capacity_ - end_ < capacity_ / 2) {
      std::memmove(bytes_.get(), bytes_.get() + begin_, end_ - begin_);
      end_ -= begin_;
      begin_ = 0;
    }
    return bytes_.get() + end_;
  }
  /// To be asked after room().
  std::size_t room_size() const { return capacity_ - end_; }
  void add(std::size_t count) { end_ += count; }

 private:
  std::unique_ptr<char[]> bytes_;
  std::size_t capacity_;
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
};

}  // namespace deltapost::net
